package config

import (
	"reflect"
	"slices"
)

// Paths are all keys of the schema, with [0] for an entry of a list.
func Paths() []string {
	var out []string
	walk("", reflect.TypeFor[Config](), func(path string) { out = append(out, path) })
	return out
}

func walk(path string, t reflect.Type, leaf func(string)) {
	switch {
	case reflect.PointerTo(t).Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()), t == reflect.TypeFor[Raw]():
		leaf(path)
	case t.Kind() == reflect.Struct:
		fields, _ := schemaOf(t)
		for name, f := range fields {
			walk(join(path, name), t.Field(f.index).Type, leaf)
		}
	case t.Kind() == reflect.Slice:
		walk(path+"[0]", t.Elem(), leaf)
	default:
		leaf(path)
	}
}

// Given are the paths that a file has, secrets without _file.
func Given(data []byte) []string {
	d := &decoder{src: Source{
		Data: data, Env: func(string) (string, bool) { return "x", true },
		ReadFile: func(string) ([]byte, error) { return []byte("x"), nil },
	}, at: make(map[string]position)}
	if root := d.parse(); root != nil {
		d.root(root, new(Config))
	}
	var out []string
	for path := range d.at {
		out = append(out, path)
	}
	slices.Sort(out)
	return out
}
