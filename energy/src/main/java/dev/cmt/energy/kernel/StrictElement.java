package dev.cmt.energy.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * An element of a System of which every attribute and child must be known: what nobody reads might
 * change energies, so it is refused.
 */
final class StrictElement {
  private final Element element;
  private final String force;

  StrictElement(Element element, String force) {
    this.element = element;
    this.force = force;
  }

  UnsupportedForceException refusal(String reason) {
    return new UnsupportedForceException(force, reason);
  }

  void requireType(String type) {
    if (!element.getAttribute("type").equals(type)) {
      throw refusal("the root element %s must be of type %s".formatted(element.getTagName(), type));
    }
  }

  void allowAttributes(Set<String> names) {
    for (int n = 0; n < element.getAttributes().getLength(); n++) {
      String name = element.getAttributes().item(n).getNodeName();
      if (!names.contains(name)) {
        throw refusal("the attribute %s of %s is unknown".formatted(name, element.getTagName()));
      }
    }
  }

  String text(String attribute) {
    if (!element.hasAttribute(attribute)) {
      throw refusal("%s lacks the attribute %s".formatted(element.getTagName(), attribute));
    }
    return element.getAttribute(attribute);
  }

  double number(String attribute) {
    String text = text(attribute);
    double value;
    try {
      value = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      value = Double.NaN;
    }
    if (!Double.isFinite(value)) {
      throw refusal(
          "%s=\"%s\" of %s must be a finite number"
              .formatted(attribute, text, element.getTagName()));
    }
    return value;
  }

  int integer(String attribute, int least, int most) {
    double value = number(attribute);
    if (value != Math.rint(value) || value < least || value > most) {
      throw refusal(
          "%s=\"%s\" of %s must be a whole number from %d to %d"
              .formatted(attribute, text(attribute), element.getTagName(), least, most));
    }
    return (int) value;
  }

  /** Refuses another value than the expected one; an absent attribute has the expected one. */
  void require(String attribute, double expected, String meaning) {
    if (element.hasAttribute(attribute) && number(attribute) != expected) {
      throw refusal("%s (%s=\"%s\")".formatted(meaning, attribute, text(attribute)));
    }
  }

  /** Atoms by their attributes, which must differ from each other. */
  int[] atoms(int atoms, String... attributes) {
    int[] indices = new int[attributes.length];
    for (int n = 0; n < indices.length; n++) {
      indices[n] = integer(attributes[n], 0, atoms - 1);
      for (int m = 0; m < n; m++) {
        if (indices[m] == indices[n]) {
          throw refusal("%s names atom %d twice".formatted(element.getTagName(), indices[n]));
        }
      }
    }
    return indices;
  }

  /** Child elements by tag; any other tag, and any tag twice, is refused. */
  Map<String, StrictElement> children(Set<String> tags) {
    Map<String, StrictElement> children = new HashMap<>();
    for (StrictElement child : all()) {
      String tag = child.element.getTagName();
      if (!tags.contains(tag)) {
        throw refusal("%s holds the unknown element %s".formatted(element.getTagName(), tag));
      }
      if (children.put(tag, child) != null) {
        throw refusal("%s holds %s twice".formatted(element.getTagName(), tag));
      }
    }
    for (String tag : tags) {
      if (!children.containsKey(tag)) {
        throw refusal("%s lacks the element %s".formatted(element.getTagName(), tag));
      }
    }
    return children;
  }

  /** Child elements, which must all have this tag, only these attributes and no children. */
  List<StrictElement> leaves(String tag, Set<String> attributes) {
    allowAttributes(Set.of());
    List<StrictElement> leaves = all();
    for (StrictElement leaf : leaves) {
      if (!leaf.element.getTagName().equals(tag)) {
        throw refusal(
            "%s holds the unknown element %s"
                .formatted(element.getTagName(), leaf.element.getTagName()));
      }
      leaf.allowAttributes(attributes);
      leaf.requireEmpty();
    }
    return leaves;
  }

  void requireEmpty() {
    if (!all().isEmpty()) {
      throw refusal("%s must be empty".formatted(element.getTagName()));
    }
  }

  private List<StrictElement> all() {
    List<StrictElement> elements = new ArrayList<>();
    for (Node node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element child) {
        elements.add(new StrictElement(child, force));
      }
    }
    return elements;
  }

  /** The same element, its refusals in the name of a force. */
  StrictElement of(String forceType) {
    return new StrictElement(element, forceType);
  }

  List<StrictElement> elements(String tag) {
    List<StrictElement> elements = all();
    for (StrictElement child : elements) {
      if (!child.element.getTagName().equals(tag)) {
        throw refusal(
            "%s holds the unknown element %s"
                .formatted(element.getTagName(), child.element.getTagName()));
      }
    }
    return elements;
  }
}
