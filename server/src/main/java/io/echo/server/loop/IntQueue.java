package io.echo.server.loop;

/** A queue of numbers that allocates only to grow. Holds the lengths of writes that wait. */
public final class IntQueue {
    private int[] ring = new int[8];
    private int head;
    private int size;

    /** Adds a number behind all others. */
    public void add(int length) {
        if (size == ring.length) {
            grow();
        }
        ring[head + size & ring.length - 1] = length;
        size++;
    }

    /** Returns the oldest number; the queue must not be empty. */
    public int peek() {
        return ring[head];
    }

    /** Removes and returns the oldest number; the queue must not be empty. */
    public int remove() {
        int length = ring[head];
        head = head + 1 & ring.length - 1;
        size--;
        return length;
    }

    /** Returns how many numbers there are. */
    public int size() {
        return size;
    }

    private void grow() {
        int[] larger = new int[2 * ring.length];
        System.arraycopy(ring, head, larger, 0, ring.length - head);
        System.arraycopy(ring, 0, larger, ring.length - head, head);
        ring = larger;
        head = 0;
    }
}
