package io.echo.server.loop;

/** A queue of numbers that allocates only to grow: the lengths of what waits to be sent. */
public final class IntQueue {
    private int[] ring = new int[8];
    private int head;
    private int size;

    public void add(int length) {
        if (size == ring.length) {
            grow();
        }
        ring[head + size & ring.length - 1] = length;
        size++;
    }

    /** The oldest one, which must be there. */
    public int peek() {
        return ring[head];
    }

    /** Takes the oldest one, which must be there, away. */
    public int remove() {
        int length = ring[head];
        head = head + 1 & ring.length - 1;
        size--;
        return length;
    }

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
