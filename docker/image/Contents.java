import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Writes a bill of materials (CycloneDX) of what is there: {@code Contents OUT BOM REPOSITORY
 * DIRECTORY [LIBC]}.
 *
 * <p>Of the libraries in Maven's BOM those stay of which a file is in a jar of DIRECTORY or in its
 * folder native, and our own modules; REPOSITORY is Maven's local one. The JDK is added, and the
 * glibc of LIBC, a libc.so.6 of Debian. Needs Gson on the class path.
 */
final class Contents {
    private static final Pattern PURL =
            Pattern.compile("pkg:maven/([^/]+)/([^@]+)@([^?]+)(?:\\?(?:classifier=([^&]+)&)?.*)?");
    private static final Pattern GLIBC =
            Pattern.compile(
                    "GNU C Library \\(Debian GLIBC ([^)]+)\\) \\S+ release version (\\S+)\\.");

    /** The one library that is not Maven's: charts of the pages. */
    private static final String CHARTS = "io/echo/web/uPlot.iife.min.js";

    private final Set<String> files = new HashSet<>();

    private Contents(Path directory) throws IOException {
        try (Stream<Path> found = Files.walk(directory)) {
            for (Path file : found.filter(Files::isRegularFile).toList()) {
                if (file.toString().endsWith(".jar")) {
                    files.addAll(entries(file));
                } else if (file.startsWith(directory.resolve("native"))) {
                    files.add("META-INF/native/" + file.getFileName());
                }
            }
        }
    }

    public static void main(String[] args) throws IOException {
        JsonObject bom =
                JsonParser.parseString(Files.readString(Path.of(args[1]))).getAsJsonObject();
        Contents contents = new Contents(Path.of(args[3]));
        Set<String> gone = contents.keepWhatIsThere(bom, Path.of(args[2]));
        JsonArray components = bom.getAsJsonArray("components");
        components.add(jdk());
        if (contents.files.contains(CHARTS)) {
            components.add(charts());
        }
        if (args.length > 4) {
            components.add(glibc(Path.of(args[4])));
        }
        keepKnown(bom.getAsJsonArray("dependencies"), gone);
        String text =
                new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create().toJson(bom);
        Files.writeString(Path.of(args[0]), text + "\n");
    }

    /** Removes components without a file here; returns their references. */
    private Set<String> keepWhatIsThere(JsonObject bom, Path repository) throws IOException {
        Set<String> gone = new HashSet<>();
        String own =
                bom.getAsJsonObject("metadata")
                        .getAsJsonObject("component")
                        .get("group")
                        .getAsString();
        JsonArray kept = new JsonArray();
        for (JsonElement component : bom.getAsJsonArray("components")) {
            String purl = component.getAsJsonObject().get("purl").getAsString();
            if (purl.startsWith("pkg:maven/" + own + "/") || isHere(purl, repository)) {
                kept.add(component);
            } else {
                gone.add(component.getAsJsonObject().get("bom-ref").getAsString());
            }
        }
        bom.add("components", kept);
        return gone;
    }

    private boolean isHere(String purl, Path repository) throws IOException {
        Matcher part = PURL.matcher(purl);
        if (!part.matches()) {
            throw new IOException("a component must be one of Maven, got " + purl);
        }
        String version = part.group(3);
        String classifier = part.group(4) == null ? "" : "-" + part.group(4);
        Path jar =
                repository
                        .resolve(part.group(1).replace('.', '/'))
                        .resolve(part.group(2))
                        .resolve(version)
                        .resolve(part.group(2) + "-" + version + classifier + ".jar");
        return entries(jar).stream()
                .filter(name -> name.matches(".*\\.(class|so)"))
                .anyMatch(files::contains);
    }

    private static List<String> entries(Path jar) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            return zip.stream().map(ZipEntry::getName).toList();
        }
    }

    private static void keepKnown(JsonArray dependencies, Set<String> gone) {
        List<JsonElement> all = new ArrayList<>(dependencies.asList());
        for (JsonElement one : all) {
            JsonObject dependency = one.getAsJsonObject();
            if (gone.contains(dependency.get("ref").getAsString())) {
                dependencies.remove(one);
            } else if (dependency.has("dependsOn")) {
                dependency
                        .getAsJsonArray("dependsOn")
                        .asList()
                        .removeIf(ref -> gone.contains(ref.getAsString()));
            }
        }
    }

    /** The runtime is made of the JDK that runs this. */
    private static JsonObject jdk() {
        Runtime.Version version = Runtime.version();
        String number = version.toString().replaceAll("[+-].*", "");
        JsonObject jdk = component("openjdk", System.getProperty("java.vm.version"));
        jdk.addProperty("publisher", System.getProperty("java.vendor"));
        licensed(jdk, "GPL-2.0-only WITH Classpath-exception-2.0");
        jdk.addProperty("purl", "pkg:generic/openjdk@" + number);
        jdk.addProperty("cpe", "cpe:2.3:a:oracle:openjdk:" + number + ":*:*:*:*:*:*:*");
        return jdk;
    }

    private static JsonObject charts() throws IOException {
        try (InputStream origin = Contents.class.getResourceAsStream("/io/echo/web/uPlot.origin")) {
            String text = new String(origin.readAllBytes(), StandardCharsets.UTF_8);
            Matcher version = Pattern.compile("npm package uplot (\\S+),").matcher(text);
            if (!version.find()) {
                throw new IOException("uPlot.origin must name the version, got " + text);
            }
            JsonObject charts = component("uplot", version.group(1));
            licensed(charts, "MIT");
            charts.addProperty("purl", "pkg:npm/uplot@" + version.group(1));
            return charts;
        }
    }

    private static JsonObject glibc(Path libc) throws IOException {
        String binary = Files.readString(libc, StandardCharsets.ISO_8859_1);
        Matcher version = GLIBC.matcher(binary);
        if (!version.find()) {
            throw new IOException("the version of glibc must stand in " + libc + ", got none");
        }
        JsonObject glibc = component("libc6", version.group(1));
        licensed(glibc, "LGPL-2.1-or-later");
        glibc.addProperty("purl", "pkg:deb/debian/libc6@" + version.group(1).replace("+", "%2B"));
        glibc.addProperty("cpe", "cpe:2.3:a:gnu:glibc:" + version.group(2) + ":*:*:*:*:*:*:*");
        return glibc;
    }

    private static void licensed(JsonObject component, String expression) {
        JsonObject licence = new JsonObject();
        licence.addProperty("expression", expression);
        JsonArray licences = new JsonArray();
        licences.add(licence);
        component.add("licenses", licences);
    }

    private static JsonObject component(String name, String version) {
        JsonObject component = new JsonObject();
        component.addProperty("type", "library");
        component.addProperty("bom-ref", name);
        component.addProperty("name", name);
        component.addProperty("version", version);
        return component;
    }
}
