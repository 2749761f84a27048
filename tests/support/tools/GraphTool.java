import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jgrapht.Graph;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.DirectedWeightedPseudograph;
import org.jgrapht.graph.WeightedPseudograph;
import org.jgrapht.nio.Attribute;
import org.jgrapht.nio.AttributeType;
import org.jgrapht.nio.DefaultAttribute;
import org.jgrapht.nio.graphml.GraphMLExporter;
import org.jgrapht.nio.graphml.GraphMLExporter.AttributeCategory;
import org.jgrapht.nio.graphml.GraphMLImporter;
import org.jgrapht.util.SupplierUtil;

/** Writes and reads GraphML with JGraphT, for tests: `write FOLDER`, or `read [--valid] FILE`. */
public final class GraphTool {
    private static Graph<String, DefaultWeightedEdge> make(boolean directed) {
        var vertices = SupplierUtil.createStringSupplier();
        return directed
            ? new DirectedWeightedPseudograph<>(vertices, SupplierUtil.DEFAULT_WEIGHTED_EDGE_SUPPLIER)
            : new WeightedPseudograph<>(vertices, SupplierUtil.DEFAULT_WEIGHTED_EDGE_SUPPLIER);
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("write")) {
            write(make(true), new File(arguments[1], "directed.graphml"));
            write(make(false), new File(arguments[1], "undirected.graphml"));
        } else {
            read(arguments[1].equals("--valid"), new File(arguments[arguments.length - 1]));
        }
    }

    private static void write(Graph<String, DefaultWeightedEdge> graph, File file) {
        graph.addVertex("Ann Example");
        graph.addVertex("n7");
        graph.setEdgeWeight(graph.addEdge("Ann Example", "n7"), 2.5);
        graph.addEdge("Ann Example", "n7");
        graph.addEdge("n7", "n7");
        var exporter = new GraphMLExporter<String, DefaultWeightedEdge>(vertex -> vertex);
        exporter.setExportVertexLabels(true);
        exporter.setExportEdgeWeights(true);
        exporter.setVertexAttributeProvider(GraphTool::attributesOf);
        exporter.setEdgeAttributeProvider(edge -> Map.of("size", DefaultAttribute.createAttribute(3L)));
        exporter.registerAttribute("text", AttributeCategory.NODE, AttributeType.STRING);
        exporter.registerAttribute("size", AttributeCategory.ALL, AttributeType.LONG);
        exporter.registerAttribute("whole", AttributeCategory.NODE, AttributeType.INT, "5");
        exporter.registerAttribute("ratio", AttributeCategory.NODE, AttributeType.FLOAT);
        exporter.registerAttribute("none", AttributeCategory.NODE, AttributeType.DOUBLE);
        exporter.registerAttribute("low", AttributeCategory.NODE, AttributeType.DOUBLE);
        exporter.registerAttribute("ok", AttributeCategory.NODE, AttributeType.BOOLEAN);
        exporter.exportGraph(graph, file);
    }

    private static Map<String, Attribute> attributesOf(String vertex) {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        if (vertex.equals("n7")) {
            return attributes;
        }
        attributes.put("text", DefaultAttribute.createAttribute("a <&> \"b\"\n日本"));
        attributes.put("size", DefaultAttribute.createAttribute(Long.MAX_VALUE));
        attributes.put("whole", DefaultAttribute.createAttribute(-7));
        attributes.put("ratio", DefaultAttribute.createAttribute(0.5f));
        attributes.put("none", DefaultAttribute.createAttribute(Double.NaN));
        attributes.put("low", DefaultAttribute.createAttribute(Double.NEGATIVE_INFINITY));
        attributes.put("ok", DefaultAttribute.createAttribute(true));
        return attributes;
    }

    /** Prints a line for each attribute, as `id key type value`, and one for each edge, as `-> source target`. */
    private static void read(boolean validating, File file) {
        var graph = make(true);
        var edges = new LinkedHashMap<DefaultWeightedEdge, Map<String, Attribute>>();
        var importer = new GraphMLImporter<String, DefaultWeightedEdge>();
        importer.setSchemaValidation(validating);
        importer.setVertexFactory(id -> id);
        importer.addVertexAttributeConsumer(
            (key, value) -> print(key.getFirst(), key.getSecond(), value.getType().toString(), value.getValue()));
        importer.addEdgeAttributeConsumer(
            (key, value) -> edges.computeIfAbsent(key.getFirst(), any -> new TreeMap<>()).put(key.getSecond(), value));
        importer.importGraph(graph, file);
        for (var edge : graph.edgeSet()) {
            print("->", graph.getEdgeSource(edge), graph.getEdgeTarget(edge));
            edges.getOrDefault(edge, Map.of()).forEach(
                (key, value) -> print("--", key, value.getType().toString(), value.getValue()));
        }
        print("=", "" + graph.vertexSet().size(), "" + graph.edgeSet().size());
    }

    private static void print(String... words) {
        var line = new StringBuilder();
        for (var word : words) {
            line.append(Base64.getEncoder().encodeToString(word.getBytes(StandardCharsets.UTF_8))).append(' ');
        }
        System.out.println(line);
    }
}
