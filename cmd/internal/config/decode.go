package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// decoder follows the yaml tags of a schema through a file and gathers what is
// wrong instead of stopping.
type decoder struct {
	src      Source
	problems Problems
	warnings Problems
	at       map[string]position // where the value of each given path stands
}

// parse is the root of the file, nil when there is none.
func (d *decoder) parse() (root ast.Node) {
	defer func() {
		// The parser is not ours; a file that it cannot take is the file's problem.
		if recover() != nil {
			d.add("", position{1, 1}, "is not YAML that can be read")
			root = nil
		}
	}()
	if len(d.src.Data) > maxSize {
		d.add("", position{1, 1}, "is larger than 1 MiB")
		return nil
	}
	file, err := parser.ParseBytes(d.src.Data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return nil
	}
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.CommentType || doc.Body.Type() == ast.NullType:
		case root != nil:
			d.add("", start(doc.Body), "is a second document: one file, one document")
		default:
			root = doc.Body
		}
	}
	if root == nil && len(d.problems) == 0 {
		d.add("", position{1, 1}, "is empty")
	}
	return root
}

// syntax reports what the parser says, without the excerpt of the file that it
// would print: secrets may stand there.
func (d *decoder) syntax(err error) {
	if s, ok := errors.AsType[*yaml.SyntaxError](err); ok {
		d.add("", place(s.Token), "is not YAML: "+s.Message)
		return
	}
	d.add("", position{1, 1}, "is not YAML that can be read")
}

// root decodes the whole file.
func (d *decoder) root(n ast.Node, c *Config) { d.value("", n, reflect.ValueOf(c).Elem()) }

// value decodes a node into v, which is settable.
func (d *decoder) value(path string, n ast.Node, v reflect.Value) {
	pos := start(n)
	if n.Type() == ast.NullType {
		if k := v.Kind(); isText(v) || k != reflect.Struct && k != reflect.Slice && k != reflect.Map {
			d.at[path] = pos
			d.add(path, pos, "has no value")
		}
		return // a section whose keys are all commented out is no section
	}
	d.at[path] = pos
	if what := refused(n); what != "" {
		d.add(path, pos, what)
		return
	}
	if raw, ok := reflect.TypeAssert[*Raw](v.Addr()); ok {
		*raw = newRaw(d.src, path, n)
		return
	}
	switch {
	case isText(v):
		d.scalar(path, n, v)
	case v.Kind() == reflect.Struct:
		d.object(path, n, v)
	case v.Kind() == reflect.Slice:
		d.list(path, n, v)
	case v.Kind() == reflect.Map:
		d.words(path, n, v)
	default:
		d.scalar(path, n, v)
	}
}

// refused says why a kind of node is not taken, or "".
func refused(n ast.Node) string {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		return "is an anchor or an alias, which are not taken here"
	case *ast.TagNode:
		return "has a tag, which is not taken here"
	}
	return ""
}

// isText reports whether a value reads itself from text.
func isText(v reflect.Value) bool {
	_, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr())
	return ok
}

// field is one key of a schema.
type field struct {
	index  int
	secret bool // takes key_file too
	path   bool // a path, relative to the file's folder
}

// schemaOf are the keys of a struct, with key_file for each secret, and their
// names in order.
func schemaOf(t reflect.Type) (map[string]field, []string) {
	fields := make(map[string]field)
	var names []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		x := field{index: i, path: f.Tag.Get("path") == "true"}
		x.secret = f.Type == reflect.TypeFor[Secret]() || f.Type == reflect.TypeFor[Key]()
		fields[name] = x
		names = append(names, name)
		if x.secret {
			names = append(names, name+"_file")
		}
	}
	return fields, names
}

// pair is a key with its value.
type pair struct {
	key   string
	at    position
	value ast.Node
}

// pairs are a mapping's, each key once.
func (d *decoder) pairs(path string, n ast.Node) []pair {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		d.add(path, place(n.GetToken()), "wants keys with values")
		return nil
	}
	out := make([]pair, 0, len(values))
	first := make(map[string]int)
	for _, mv := range values {
		at := place(mv.Key.GetToken())
		s, ok := mv.Key.(*ast.StringNode)
		if !ok || s.Value == "" {
			d.add(path, at, "has a key that is no plain word")
			continue
		}
		if line, twice := first[s.Value]; twice {
			d.add(join(path, shown(s.Value)), at, fmt.Sprintf("is given twice, first on line %d", line))
			continue
		}
		first[s.Value] = at.line
		out = append(out, pair{key: s.Value, at: at, value: mv.Value})
	}
	return out
}

// object decodes a mapping into a struct.
func (d *decoder) object(path string, n ast.Node, v reflect.Value) {
	fields, names := schemaOf(v.Type())
	taken := make(map[string]bool)
	for _, p := range d.pairs(path, n) {
		f, ok := fields[p.key]
		base, isFile := strings.CutSuffix(p.key, "_file")
		if g, secret := fields[base]; !ok && isFile && secret && g.secret {
			f, ok = g, true
		} else {
			base, isFile = p.key, false
		}
		at := join(path, p.key)
		switch {
		case !ok:
			d.unknown(path, p, names)
		case taken[base]:
			d.add(at, p.at, fmt.Sprintf("is given beside %s: one of the two, %s or %s_file", base, base, base))
		case isFile:
			taken[base] = true
			d.file(at, p.value, v.Field(f.index))
		default:
			taken[base] = f.secret
			d.value(at, p.value, v.Field(f.index))
			if x := v.Field(f.index); f.path && x.Kind() == reflect.String {
				x.SetString(d.src.resolve(x.String()))
			}
		}
	}
}

func (d *decoder) unknown(path string, p pair, names []string) {
	msg := "is not a key here"
	if now := moved(join(path, p.key)); now != "" {
		msg = "is not a key any more: " + now
	} else if n := nearest(p.key, names); n != "" {
		msg += fmt.Sprintf(" (did you mean %s?)", n)
	}
	d.add(join(path, shown(p.key)), p.at, msg)
}

// moved says what a key of earlier files is called now, or "".
func moved(path string) string {
	if i := strings.Index(path, "["); i >= 0 {
		if j := strings.Index(path, "]"); j > i {
			path = path[:i] + path[j+1:]
		}
	}
	return map[string]string{
		"policy.strict_groups": "say policy.groups: [{groups: [...], links: {need: strong}}]",
		"lines.strict":         "say policy: {links: {need: strong}} in the line",
	}[path]
}

// list decodes a sequence into a slice.
func (d *decoder) list(path string, n ast.Node, v reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.add(path, place(n.GetToken()), "wants a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values)))
	for i, e := range s.Values {
		d.value(fmt.Sprintf("%s[%d]", path, i), e, v.Index(i))
	}
}

// words decodes a mapping into a map with string keys.
func (d *decoder) words(path string, n ast.Node, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	for _, p := range d.pairs(path, n) {
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(join(path, shown(p.key)), p.value, e)
		v.SetMapIndex(reflect.ValueOf(p.key).Convert(v.Type().Key()), e)
	}
}

// add notes a problem.
func (d *decoder) add(path string, at position, msg string) {
	d.problems = append(d.problems, Problem{File: d.src.Name, Line: at.line, Column: at.column, Path: path, Message: msg})
}

// place is where a token stands; the parser leaves it out now and then.
func place(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{1, 1}
	}
	return position{max(t.Position.Line, 1), max(t.Position.Column, 1)}
}

// start is where a node begins: a mapping at its first key, not at the colon.
func start(n ast.Node) position {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return place(m.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return place(m.Key.GetToken())
	}
	return place(n.GetToken())
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// shown is a key as a problem shows it: what is no short word may be anything,
// even a secret in the wrong place.
func shown(key string) string {
	if len(key) > 40 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.") != "" {
		return "(a key)"
	}
	return key
}
