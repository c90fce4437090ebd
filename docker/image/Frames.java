import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Copies what a pattern names of jars into one, each name from the first that has it: {@code Frames
 * OUT PATTERN JAR...}. Classes in a format before Java 6 get stack map frames and the format of
 * Java 8.
 *
 * <p>An AOT cache takes no class that the old verifier checks, and picocli has 228 of them: loading
 * and checking those was a third of the start. Native libraries are left out, for the image has
 * them beside the jar.
 */
final class Frames {
    private static final int JAVA_6 = 50;
    private static final int JAVA_8 = 52;

    public static void main(String[] args) throws IOException {
        Pattern names = Pattern.compile(args[1]);
        List<Path> jars = Stream.of(args).skip(2).map(Path::of).toList();
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(Path.of(args[0])))) {
            out.setLevel(Deflater.BEST_COMPRESSION);
            Set<String> copied = new HashSet<>();
            for (Path jar : jars) {
                copy(jar, names, out, copied);
            }
        }
    }

    private static void copy(Path from, Pattern names, ZipOutputStream out, Set<String> copied)
            throws IOException {
        try (URLClassLoader jar = new URLClassLoader(new URL[] {from.toUri().toURL()}, null);
                ZipInputStream in = new ZipInputStream(Files.newInputStream(from))) {
            ClassFile format =
                    ClassFile.of(
                            ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                            ClassFile.ClassHierarchyResolverOption.of(
                                    ClassHierarchyResolver.ofResourceParsing(jar)
                                            .orElse(ClassHierarchyResolver.defaultResolver())));
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                if (entry.getName().startsWith("META-INF/native/lib")
                        || !names.matcher(entry.getName()).matches()
                        || !copied.add(entry.getName())) {
                    continue;
                }
                byte[] content = in.readAllBytes();
                ZipEntry copy = new ZipEntry(entry.getName());
                copy.setTimeLocal(entry.getTimeLocal());
                out.putNextEntry(copy);
                out.write(entry.getName().endsWith(".class") ? current(format, content) : content);
            }
        }
    }

    private static byte[] current(ClassFile format, byte[] content) {
        ClassModel model = format.parse(content);
        return model.majorVersion() >= JAVA_6
                ? content
                : format.transformClass(
                        model,
                        ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
                                .andThen(
                                        (builder, element) -> {
                                            if (element instanceof ClassFileVersion) {
                                                builder.withVersion(JAVA_8, 0);
                                            } else {
                                                builder.with(element);
                                            }
                                        }));
    }
}
