package io.echo.server.fault.fate;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The fate of one datagram.
 *
 * @param lost the reason why nothing is sent back; empty when something is
 * @param flippedBit number of the bit to flip, counted from the first byte's highest
 * @param bytes length to send, after the flip
 * @param copies what is sent: none when lost, two when duplicated
 */
public record DatagramFate(
        Optional<DatagramFault> lost, OptionalInt flippedBit, int bytes, List<Copy> copies) {
    /**
     * One datagram that is sent back.
     *
     * @param behind number of later datagrams that leave before it
     * @param delayNs time to hold it
     * @param waitNs time that it waits for the line after that
     * @param dropped whether it is not sent after all, since too much waits for the line
     */
    public record Copy(int behind, long delayNs, long waitNs, boolean dropped) {}

    public DatagramFate {
        copies = List.copyOf(copies);
    }

    static DatagramFate lost(DatagramFault reason) {
        return new DatagramFate(Optional.of(reason), OptionalInt.empty(), 0, List.of());
    }

    /** Returns the bytes that are sent back for these. */
    public byte[] apply(byte[] datagram) {
        byte[] sent = datagram.clone();
        flippedBit.ifPresent(bit -> sent[bit / Byte.SIZE] ^= (byte) (0x80 >>> bit % Byte.SIZE));
        return bytes == sent.length ? sent : Arrays.copyOf(sent, bytes);
    }
}
