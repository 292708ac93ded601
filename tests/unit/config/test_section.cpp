#include "config/section.hpp"

#include "error_of.hpp"

using namespace stage3::config;
using namespace std::string_view_literals;

namespace {

/// Knows the values `a`, `b` and `m.x` and the mapping `m`, and writes down what it is given.
class Recorder : public SectionReader {
 public:
  Expected expect(const KeyPath& path) override {
    const std::string name = dotted(path);
    if (name == "m" || name == "m.m") return Expected::mapping;
    if (name == "a" || name == "b" || name == "m.x" || name == "m.m.x") return Expected::scalar;
    throw Refusal{"what is " + name + "?"};
  }

  void take(const KeyPath& path, const SectionScalar& value) override {
    if (value.text == "bad") throw Refusal{dotted(path) + " refused"};
    taken += dotted(path) + (value.quoted ? "=q:" : "=") + std::string(value.text) + ";";
  }

  std::string taken;
};

std::string taken_from(std::string_view yaml) {
  Recorder recorder;
  read_section(yaml, "c.yaml", "s", Missing::allowed, recorder);
  return recorder.taken;
}

std::string section_error_of(std::string_view yaml) {
  return config_error_of([&] { taken_from(yaml); });
}

}  // namespace

TEST_CASE("dotted") {
  CHECK(dotted({}) == "");
  CHECK(dotted({"a"}) == "a");
  CHECK(dotted({"a", "b", "c"}) == "a.b.c");
}

TEST_CASE("the section's values arrive in the order of the text") {
  CHECK(taken_from("s:\n  b: 1\n  m:\n    x: 2\n    m: {x: 'y'}\n  a: \"3\"\n") ==
        "b=1;m.x=2;m.m.x=q:y;a=q:3;");
  CHECK(taken_from("{s: {a: 1, m: {x: 2}}}") == "a=1;m.x=2;");
  CHECK(taken_from("\"s\": {'a': 1}") == "a=1;");
  CHECK(taken_from("s:\n  a: |\n    text\n") == "a=q:text\n;");
  CHECK(taken_from("s: {a: 1 # comment\n }") == "a=1;");
}

TEST_CASE("nothing there is like an empty section") {
  for (const char* yaml :
       {"", "\n", "# only a comment\n", "---\n", "---\n...\n", "~", "null", "{}", "s:\n", "s: ~\n",
        "s: {}\n", "s:\n  m:\n", "s: {m: {}}\n", "other: 1\n"}) {
    CAPTURE(yaml);
    CHECK(taken_from(yaml) == "");
  }
}

TEST_CASE("other sections may hold what they like") {
  CHECK(taken_from("x: &x {s: 1, <<: *y, ? [k] : v, d: 1, d: 2}\n"
                   "s: {a: 1}\n"
                   "y: !!set [*x, !t 3, \"\\0\", {s: {a: 2}}]\n"
                   "x: again\n") == "a=1;");
  CHECK(taken_from("S: {a: 1}\nsection: {a: 1}\n") == "");
}

TEST_CASE("the top level is a mapping with plain names as keys") {
  CHECK(section_error_of("[s]") == "c.yaml:1:1: the top level must be a mapping of sections");
  CHECK(section_error_of("s") == "c.yaml:1:1: the top level must be a mapping of sections");
  CHECK(section_error_of("''") == "c.yaml:1:1: the top level must be a mapping of sections");
  CHECK(section_error_of("x: &x {s: {a: 1}}\n<<: *x\n") ==
        "c.yaml:2:1: only plain names may be keys at the top level");
  CHECK(section_error_of("x: &x s\n*x : {a: 1}\n") ==
        "c.yaml:2:1: only plain names may be keys at the top level");
  CHECK(section_error_of("? [s]\n: 1\n") ==
        "c.yaml:1:3: only plain names may be keys at the top level");
}

TEST_CASE("a key once only") {
  CHECK(section_error_of("s:\n  a: 1\n  b: 2\n  a: 1\n") ==
        "c.yaml:4:3: duplicate key 'a', first given in line 2");
  CHECK(section_error_of("s:\n  m: {x: 1}\n  m:\n") ==
        "c.yaml:3:3: duplicate key 'm', first given in line 2");
  CHECK(section_error_of("s:\n  m: {x: 1,\n    'x': 1}\n") ==
        "c.yaml:3:5: duplicate key 'm.x', first given in line 2");
  CHECK(section_error_of("s: {a: 1}\nt: 1\ns:\n") ==
        "c.yaml:3:1: duplicate key 's', first given in line 1");
}

TEST_CASE("values of the wrong shape") {
  CHECK(section_error_of("s: 5\n") == "c.yaml:1:4: s must be a mapping of keys to values");
  CHECK(section_error_of("s: ''\n") == "c.yaml:1:4: s must be a mapping of keys to values");
  CHECK(section_error_of("s: [a]\n") == "c.yaml:1:4: s must be a mapping of keys to values");
  CHECK(section_error_of("s:\n  m: true\n") == "c.yaml:2:6: m must be a mapping of keys to values");
  CHECK(section_error_of("s:\n  m: {m: [x]}\n") ==
        "c.yaml:2:10: m.m must be a mapping of keys to values");
  CHECK(section_error_of("s:\n  a: {}\n") == "c.yaml:2:6: a must be a single value, not a mapping");
  CHECK(section_error_of("s:\n  m: {x: [1]}\n") ==
        "c.yaml:2:10: m.x must be a single value, not a list");
}

TEST_CASE("a key without a value") {
  CHECK(section_error_of("s:\n  a:\n  b: 1\n") ==
        "c.yaml:2:5: a has no value: give one or leave the key out");
  CHECK(section_error_of("s: {a: ~}") ==
        "c.yaml:1:8: a has no value: give one or leave the key out");
  CHECK(section_error_of("s: {a: null}") ==
        "c.yaml:1:8: a has no value: give one or leave the key out");
  CHECK(section_error_of("s: {m: {x}}") ==
        "c.yaml:1:10: m.x has no value: give one or leave the key out");
  CHECK(taken_from("s: {a: '', b: 'null'}") == "a=q:;b=q:null;");
}

TEST_CASE("YAML's cleverness is refused inside the section") {
  CHECK(section_error_of("s: &x {a: 1}") == "c.yaml:1:4: anchors are not allowed in section 's'");
  CHECK(section_error_of("x: &x {}\ns: *x\n") ==
        "c.yaml:2:4: aliases are not allowed in section 's'");
  CHECK(section_error_of("s: !!map {a: 1}") == "c.yaml:1:4: tags are not allowed in section 's'");
  CHECK(section_error_of("&k s: {a: 1}") == "c.yaml:1:1: anchors are not allowed in section 's'");
  CHECK(section_error_of("s: {a: &x 1}") == "c.yaml:1:8: anchors are not allowed in section 's'");
  CHECK(section_error_of("s: {a: !!str 1}") == "c.yaml:1:8: tags are not allowed in section 's'");
  CHECK(section_error_of("s: {a: ! 1}") == "c.yaml:1:8: tags are not allowed in section 's'");
  CHECK(section_error_of("s: {a: *x}") == "c.yaml:1:8: aliases are not allowed in section 's'");
  CHECK(section_error_of("s: {m: &x {}}") == "c.yaml:1:8: anchors are not allowed in section 's'");
  CHECK(section_error_of("s: {m: !!null }") == "c.yaml:1:8: tags are not allowed in section 's'");
  CHECK(section_error_of("s: {<<: {a: 1}}") ==
        "c.yaml:1:5: merge keys are not allowed in section 's'");
  CHECK(section_error_of("s: {m: {<<: *x}}") ==
        "c.yaml:1:9: merge keys are not allowed in section 's'");
  CHECK(section_error_of("s: {*x : 1}") == "c.yaml:1:5: aliases are not allowed in section 's'");
  CHECK(section_error_of("s: {&x a: 1}") == "c.yaml:1:5: anchors are not allowed in section 's'");
  CHECK(section_error_of("s: {!!str a: 1}") == "c.yaml:1:5: tags are not allowed in section 's'");
  CHECK(section_error_of("s: {? [a] : 1}") ==
        "c.yaml:1:7: keys that are lists or mappings are not allowed in section 's'");
  CHECK(section_error_of("s: {? {a: 1} : 1}") ==
        "c.yaml:1:7: keys that are lists or mappings are not allowed in section 's'");
  CHECK(section_error_of("s: {a: \"x\\0y\"}") ==
        "c.yaml:1:8: NUL characters are not allowed in section 's'");
  CHECK(section_error_of("s: {\"a\\0\": 1}") ==
        "c.yaml:1:5: NUL characters are not allowed in section 's'");
}

TEST_CASE("a reader's refusal gets its place") {
  CHECK(section_error_of("s:\n  zz: 1\n") == "c.yaml:2:3: what is zz?");
  CHECK(section_error_of("s:\n  m:\n    zz: 1\n") == "c.yaml:3:5: what is m.zz?");
  CHECK(section_error_of("s:\n  m: {x: bad}\n") == "c.yaml:2:10: m.x refused");
}

TEST_CASE("the whole file must be YAML, and one document") {
  CHECK(section_error_of("s: {a: 1}\nother: [\n") ==
        "c.yaml:3:1: not valid YAML: did not find expected node content while parsing a flow node");
  CHECK(section_error_of("s: {a: 1}\n---\ns: {b: 1}\n") ==
        "c.yaml:2:1: a second document begins here, only one is allowed");
  CHECK(section_error_of("---\n---\n") ==
        "c.yaml:2:1: a second document begins here, only one is allowed");
}

TEST_CASE("a section that lost its indentation is not an empty one") {
  CHECK(section_error_of("s:\na: 1\n") ==
        "c.yaml:2:1: 'a' stands below 's' without being in it: indent it (or write 's: {}' if it "
        "belongs to something else)");
  CHECK(section_error_of("s:\n# comment\n\nm:\n  x: 1\n") ==
        "c.yaml:4:1: 'm' stands below 's' without being in it: indent it (or write 's: {}' if it "
        "belongs to something else)");
  for (const char* yaml : {"s: {}\na: 1\n", "s: ~\na: 1\n", "a: 1\ns:\n", "s:\nother: 1\na: 1\n"}) {
    CAPTURE(yaml);
    CHECK(taken_from(yaml) == "");
  }
}
