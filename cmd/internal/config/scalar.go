package config

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// scalar decodes a single value.
func (d *decoder) scalar(path string, n ast.Node, v reflect.Value) {
	text, ok := d.text(path, n, v.Kind() == reflect.Bool)
	if !ok {
		return
	}
	pos := place(n.GetToken())
	if text, ok = d.expand(path, pos, text); ok {
		d.set(path, pos, text, v)
	}
}

// text is a scalar as it stands in the file, so that an unquoted +19195550100
// keeps its plus. yes-and-no values are taken only where they are wanted.
func (d *decoder) text(path string, n ast.Node, wantsBool bool) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	case *ast.BoolNode:
		if wantsBool {
			return n.GetToken().Value, true
		}
		d.add(path, place(n.GetToken()), "wants text: put it in quotes")
	default:
		d.add(path, place(n.GetToken()), "wants one value")
	}
	return "", false
}

// expand takes a value that is wholly ${NAME} from the environment.
func (d *decoder) expand(path string, at position, text string) (string, bool) {
	m := regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`).FindStringSubmatch(text)
	switch {
	case m == nil:
		return text, true
	case m[0] != text:
		d.warnings = append(d.warnings, Problem{
			File: d.src.Name, Line: at.line, Column: at.column, Path: path,
			Message: "is taken as it stands: a variable is expanded only where it is the whole value",
		})
		return text, true
	}
	value, set := d.src.Env(m[1])
	if !set {
		d.add(path, at, "wants the environment variable "+m[1]+", which is not set")
	}
	return value, set
}

// file reads a secret from the file that its key_file names. One line break at
// the end is not part of it.
func (d *decoder) file(path string, n ast.Node, v reflect.Value) {
	var name string
	d.value(path, n, reflect.ValueOf(&name).Elem())
	pos := place(n.GetToken())
	if name == "" {
		if !d.bad(path) {
			d.add(path, pos, "is empty")
		}
		return
	}
	name = d.src.resolve(name)
	b, err := d.src.ReadFile(name)
	if err != nil {
		d.add(path, pos, fmt.Sprintf("cannot read %s: %v", name, cause(err)))
		return
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if strings.TrimSpace(text) == "" {
		d.add(path, pos, "names an empty file: "+name)
		return
	}
	d.set(path, pos, text, v)
}

// set parses a text for v.
func (d *decoder) set(path string, at position, text string, v reflect.Value) {
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			d.add(path, at, err.Error())
		}
		return
	}
	switch {
	case v.Type() == reflect.TypeFor[time.Duration](): // a plug-in's, which does not know Duration
		var x Duration
		if err := x.UnmarshalText([]byte(text)); err != nil {
			d.add(path, at, err.Error())
		}
		v.SetInt(int64(x))
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			d.add(path, at, "wants true or false")
		}
		v.SetBool(text == "true")
	case v.CanInt():
		i, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			d.add(path, at, "wants a whole number")
			return
		}
		v.SetInt(i)
	default:
		d.add(path, at, "is of a kind that the file cannot hold")
	}
}

// bad reports whether something is wrong already at a path or below it.
func (d *decoder) bad(path string) bool {
	for _, p := range d.problems {
		if rest, ok := strings.CutPrefix(p.Path, path); ok && (rest == "" || rest[0] == '.' || rest[0] == '[' || rest == "_file") {
			return true
		}
	}
	return false
}

// lost reports whether something that should hold a path is wrong as a whole,
// so that what is missing in it is no news.
func (d *decoder) lost(path string) bool {
	for _, p := range d.problems {
		rest, ok := strings.CutPrefix(path, p.Path)
		if ok && p.Path != "" && rest != "" && (rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// given reports whether the file has a path, itself or as a file.
func (d *decoder) given(path string) bool {
	_, ok := d.at[path]
	_, file := d.at[path+"_file"]
	return ok || file
}

// where is the place of a path, or of the nearest thing that should hold it.
func (d *decoder) where(path string) position {
	for path != "" {
		if p, ok := d.at[path]; ok {
			return p
		}
		if p, ok := d.at[path+"_file"]; ok {
			return p
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return position{1, 1}
}
