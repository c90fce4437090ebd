package io.echo.client.check;

import java.util.Arrays;

/** Tells in a few words how an answer differs from what was sent. */
final class EchoDifference {
    /** Characters of a foreign answer that are shown. */
    private static final int SHOWN = 40;

    private EchoDifference() {}

    /**
     * Describes an answer that is not what was sent.
     *
     * @param answer as much of it as has come
     */
    static String of(byte[] sent, byte[] answer) {
        int differs = Arrays.mismatch(sent, answer);
        if (differs == answer.length) {
            return answer.length == 0
                    ? "an empty datagram came back"
                    : "only the first " + answer.length + " of " + sent.length + " bytes came back";
        }
        if (differs == sent.length) {
            return "the "
                    + sent.length
                    + " bytes came back and "
                    + (answer.length - sent.length)
                    + " more";
        }
        if (differs > 0) {
            return bytes(answer)
                    + " came back for "
                    + sent.length
                    + ", byte "
                    + differs
                    + " differs";
        }
        String text = text(answer);
        String others = answer.length + (answer.length == 1 ? " other byte" : " other bytes");
        return others + " came back" + (text.isEmpty() ? "" : ": \"" + text + '"');
    }

    private static String bytes(byte[] answer) {
        return answer.length + (answer.length == 1 ? " byte" : " bytes");
    }

    /** Returns the printable characters that an answer begins with, without quotes. */
    private static String text(byte[] answer) {
        StringBuilder text = new StringBuilder();
        for (byte b : answer) {
            if (b < ' ' || b > '~' || b == '"' || text.length() == SHOWN) {
                break;
            }
            text.append((char) b);
        }
        return text.toString().strip();
    }
}
