package io.echo.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads files of {@code docker/}, as trees or strictly as a type: no field it does not have. */
final class Yaml {
    static final Path DOCKER = Path.of("..", "docker");

    private static final YAMLMapper MAPPER =
            YAMLMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .annotationIntrospector(
                            new JacksonAnnotationIntrospector() {
                                private static final long serialVersionUID = 1;

                                /** The model would keep what it does not know. */
                                @Override
                                public Boolean hasAnySetter(
                                        MapperConfig<?> config, Annotated member) {
                                    return false;
                                }
                            })
                    .build();

    private Yaml() {}

    static JsonNode tree(String file) throws IOException {
        return read(DOCKER.resolve(file));
    }

    static JsonNode read(Path file) throws IOException {
        return MAPPER.readTree(Files.readString(file));
    }

    static <T> T strictly(Class<T> type, JsonNode tree) {
        return MAPPER.treeToValue(tree, type);
    }
}
