package config

import (
	"fmt"
	"io"
	"log/slog"
	"reflect"

	"github.com/goccy/go-yaml/ast"
)

// Raw is a part of the file that a plug-in decodes. It may hold secrets and so
// prints as <config>.
//
// The part is kept in a function, where no printer can follow it.
type Raw struct {
	decode func(into any) error
}

// selfChecker is a plug-in's struct that knows what is wrong with its values. It
// reports each problem by the path below its own part, urls[1].
type selfChecker interface {
	Check(fail func(path, message string))
}

// newRaw keeps a part of the file for later.
func newRaw(src Source, path string, n ast.Node) Raw {
	return Raw{decode: func(into any) error {
		v := reflect.ValueOf(into)
		if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
			return fmt.Errorf("decode %s: want a pointer to a struct", path)
		}
		d := &decoder{src: src, at: make(map[string]position)}
		d.value(path, n, v.Elem())
		if c, ok := into.(selfChecker); ok {
			c.Check(func(key, message string) {
				if at := join(path, key); !d.bad(at) && !d.lost(at) {
					d.add(at, d.where(at), message)
				}
			})
		}
		if len(d.problems) > 0 {
			return d.problems.sorted()
		}
		return nil
	}}
}

// Decode reads the part into a pointer to the plug-in's struct by the rules of
// the whole file: yaml tags, unknown keys refused, ${NAME} expanded. A
// [Secret] takes key_file too, a string field tagged path:"true" starts at the
// file's folder, and a struct with a method Check(fail func(path, message
// string)) then says what else is wrong with it. The error is [Problems]; a part
// that was left out changes nothing.
func (r Raw) Decode(into any) error {
	if r.decode == nil {
		return nil
	}
	return r.decode(into)
}

// IsZero reports whether the part was left out.
func (r Raw) IsZero() bool { return r.decode == nil }

// Format writes <config> whatever the verb.
func (r Raw) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "<config>") }

// LogValue is <config> in logs.
func (r Raw) LogValue() slog.Value { return slog.StringValue("<config>") }

// MarshalText is <config> in JSON and YAML.
func (r Raw) MarshalText() ([]byte, error) { return []byte("<config>"), nil }
