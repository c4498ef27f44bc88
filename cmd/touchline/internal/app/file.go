package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is a file of settings that is being read. Its values are taken as they
// stand there, as text: what YAML would make of them is another thing where it has
// rules of its own.
type document struct {
	*loader

	file   string
	lines  map[string]int // where each path stands
	secret bool           // a secret stands in it
}

// readFile lays the file over the defaults.
func (l *loader) readFile() {
	path := l.file()
	if path == "" {
		return
	}
	d := &document{loader: l, file: path, lines: map[string]int{}}
	root, err := d.parse()
	if err != nil {
		l.faults = append(l.faults, err)
		return
	}
	values := map[string]any{}
	if root != nil {
		d.section("", root, values, 0)
	}
	if err := l.v.MergeConfigMap(values); err != nil {
		l.fault("settings: %w", err)
	}
	if d.secret && (l.src.Serves || l.src.Works) {
		l.closed(path, "it holds secrets")
	}
}

// parse returns the section that the file consists of, or nil when it is empty. The
// text of a parser may quote a line, and so a secret; its number is enough.
func (d *document) parse() (*yaml.Node, error) {
	if ext := filepath.Ext(d.file); !slices.Contains([]string{"", ".yaml", ".yml", ".json"}, ext) {
		return nil, fmt.Errorf("settings: %s: must be YAML or JSON; call it .yaml, .yml or .json", d.file)
	}
	content, err := os.ReadFile(d.file)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	dec := yaml.NewDecoder(strings.NewReader(string(content)))
	var doc, more yaml.Node
	if err := decodeNode(dec, &doc); err != nil {
		at := d.file
		if n := lineOf.FindStringSubmatch(err.Error()); n != nil {
			at += ":" + n[1]
		}
		return nil, fmt.Errorf("%s: cannot be read as yaml: look at this line and the one before; quote a value that begins "+
			"with one of * & ! %% @ | > [ { or holds a colon and a blank", at)
	}
	if doc.Kind == 0 || len(doc.Content) == 0 || isNothing(doc.Content[0]) {
		return nil, nil
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: must consist of keys with values", d.at(doc.Content[0]))
	}
	if decodeNode(dec, &more) != nil || more.Kind != 0 {
		return nil, fmt.Errorf("%s: holds a second document after ---, which nobody would read", d.file)
	}
	return doc.Content[0], nil
}

var lineOf = regexp.MustCompile(`line (\d+)`)

// decodeNode reads one document. The end of the file leaves it empty.
func decodeNode(dec *yaml.Decoder, n *yaml.Node) (err error) {
	if err = dec.Decode(n); err != nil && err.Error() == "EOF" {
		return nil
	}
	return err
}

func (d *document) at(n *yaml.Node) string { return d.file + ":" + strconv.Itoa(n.Line) }

func isNothing(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Value == "" && n.Anchor == ""
}

// deepest is how deep settings may lie, so that a file that refers to itself ends.
const deepest = 20

// section reads the keys of a section.
func (d *document) section(prefix string, n *yaml.Node, into map[string]any, depth int) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], resolved(n.Content[i+1])
		path := join(prefix, strings.ToLower(key.Value))
		if line, twice := d.lines[path]; twice {
			d.fault("%s: %s: stands here for the second time, the first is in line %d", d.at(key), path, line)
			continue
		}
		d.lines[path] = key.Line
		d.from[path] = d.at(key)
		t, known := d.typeOf(path)
		switch {
		case known && !isNothing(value):
			if v := d.value(path, t, value, depth); v != nil {
				into[strings.ToLower(key.Value)] = v
				d.given[path] = true
				d.secret = d.secret || t == secretType && v != ""
			}
		case known, isNothing(value) && d.isSection(path):
		case d.isSection(path) && value.Kind == yaml.MappingNode && depth < deepest:
			sub := map[string]any{}
			d.section(path, value, sub, depth+1)
			if len(sub) > 0 {
				into[strings.ToLower(key.Value)] = sub
			}
		case d.isSection(path):
			d.fault("%s: %s: must have keys of its own", d.at(key), path)
		default:
			d.unknown(path, key, value, depth)
		}
	}
}

// unknown tells of a key that nobody reads, or of those below it.
func (d *document) unknown(path string, key, value *yaml.Node, depth int) {
	if value.Kind != yaml.MappingNode || len(value.Content) == 0 || depth >= deepest {
		d.fault("%s: %s: unknown key (in %s)", d.at(key), path, d.file)
		return
	}
	for i := 0; i+1 < len(value.Content); i += 2 {
		k := value.Content[i]
		d.unknown(join(path, strings.ToLower(k.Value)), k, resolved(value.Content[i+1]), depth+1)
	}
}

func resolved(n *yaml.Node) *yaml.Node {
	for range deepest {
		if n.Kind != yaml.AliasNode {
			break
		}
		n = n.Alias
	}
	return n
}

// typeOf is the type of a setting: one of ours, or the name of a secret's file.
func (l *loader) typeOf(path string) (reflect.Type, bool) {
	if k, ok := l.known[path]; ok {
		return k.typ, true
	}
	k, ok := l.known[strings.TrimSuffix(path, fileSuffix)]
	return reflect.TypeFor[string](), ok && k.secret && strings.HasSuffix(path, fileSuffix)
}

// value returns what stands at a key, or nil and a fault when YAML would read
// something else there than what a person has written.
func (d *document) value(path string, t reflect.Type, n *yaml.Node, depth int) any {
	n = resolved(n)
	switch {
	case depth > deepest:
		d.fault("%s: %s: lies too deep", d.at(n), path)
		return nil
	case n.Kind == yaml.SequenceNode:
		elem := t
		if t.Kind() == reflect.Slice {
			elem = t.Elem()
		}
		out := make([]any, 0, len(n.Content))
		for i, c := range n.Content {
			at := fmt.Sprintf("%s[%d]", path, i+1)
			d.from[at] = d.at(c)
			out = append(out, d.value(at, elem, c, depth+1))
		}
		return out
	case n.Kind == yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			at := path + "." + name
			d.from[at] = d.at(n.Content[i])
			sub := reflect.TypeFor[string]()
			if t.Kind() == reflect.Struct {
				if f, ok := fieldOf(t, name); ok {
					sub = f.Type
				}
			}
			if _, twice := out[name]; twice {
				d.fault("%s: %s: stands here for the second time", d.at(n.Content[i]), at)
			}
			if v := d.value(at, sub, n.Content[i+1], depth+1); v != nil {
				out[name] = v
			}
		}
		return out
	}
	if err := changed(t, n); err != nil {
		d.fault("%s: %s: %w", d.at(n), path, err)
		return nil
	}
	return n.Value
}

// changed says what YAML would make of a value that is to be a text. Numbers, times
// and flags are read by exactly, which refuses what has more than one reading.
func changed(t reflect.Type, n *yaml.Node) error {
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	isText := t.Kind() == reflect.String
	switch {
	case n.Tag == "!!null" && n.Value == "" && n.Anchor == "":
		return nil
	case !strings.HasPrefix(n.Tag, "!!") || n.Tag == "!!null" || n.Anchor != "" && n.Value == "":
		return errors.New("YAML reads this as something other than text; put it in quotes")
	case quoted || !isText:
		return nil
	case t == secretType && n.LineComment != "":
		return errors.New("YAML takes what follows the # for a comment; put the secret in quotes")
	case n.Tag == "!!str":
		return nil
	case n.Tag == "!!int" && whole.MatchString(n.Value) && len(n.Value) <= 18:
		return nil
	}
	return errors.New("YAML reads this as " + nouns[n.Tag] + ", and may change it; put it in quotes")
}

// nouns say what YAML takes a text for.
var nouns = map[string]string{
	"!!int": "a number", "!!float": "a number", "!!bool": "a flag", "!!timestamp": "a date", "!!binary": "binary data", "!!merge": "a merge",
}
