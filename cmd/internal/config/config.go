// Package config is the configuration file: its schema, its defaults and its
// checks, shared by `ringback serve` and `ringback check` so that the two cannot
// disagree.
//
// [Load] reads one YAML file and reports everything that is wrong with it at
// once, as [Problems], each with its path and line. The file is strict: a key
// that is not in the schema is an error that names the nearest one that is, and
// anchors, aliases, tags and a second document are refused. A value that is
// wholly ${NAME} is taken from the environment; nothing else is expanded. Every
// secret may be written as key or read from a file by key_file, not both.
//
// Decoding (decode.go, scalar.go) knows no key by name: it follows the yaml tags
// of the schema (schema.go, line.go). Values check their own shape in
// UnmarshalText (values.go, secret.go). What depends on more than one value, and
// the defaults, are in check*.go. [Secret] and [Key] print as <secret> however
// they are printed, and no problem ever repeats a value.
package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// maxSize bounds the file; a real one has a few kilobytes.
const maxSize = 1 << 20

// Source is a configuration file and what it may draw on.
type Source struct {
	Name     string                            // in problems; "" is ringback.yaml
	Data     []byte                            // the file
	Dir      string                            // relative paths start here; "" leaves them as they are
	Env      func(name string) (string, bool)  // like os.LookupEnv; nil has no variables
	ReadFile func(path string) ([]byte, error) // for key_file; nil is os.ReadFile
	// Override changes what was decoded, before defaults and checks: the
	// demo's base URLs and stores. Nil changes nothing.
	Override func(*Config)
	Checks   []Check // run last; nil: none
}

// Check looks at what this package does not know: the plug-ins' own parts. Its
// error is reported with everything else: [Problems] each on its own, those
// without a line at the place of their path.
type Check func(*Config) error

// Load reads the file at path; env is like [os.LookupEnv]. The error is
// [Problems] unless the file itself cannot be read.
func Load(path string, env func(string) (string, bool), checks ...Check) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	return Parse(Source{Name: path, Data: data, Dir: filepath.Dir(path), Env: env, Checks: checks})
}

// Parse reads a file that is already in memory. The error is [Problems].
func Parse(s Source) (*Config, error) {
	if s.Name == "" {
		s.Name = "ringback.yaml"
	}
	if s.Env == nil {
		s.Env = func(string) (string, bool) { return "", false }
	}
	if s.ReadFile == nil {
		s.ReadFile = os.ReadFile
	}
	d := &decoder{src: s, at: make(map[string]position)}
	c := new(Config)
	if root := d.parse(); root != nil {
		d.root(root, c)
		if s.Override != nil {
			s.Override(c)
		}
		(&checker{decoder: d, c: c}).all()
	}
	if len(d.problems) > 0 {
		return nil, d.problems.sorted()
	}
	c.warnings = d.warnings.sorted()
	return c, nil
}

// Warnings are what is allowed and still worth a look: settings looser than the
// defaults, stores that forget. Sorted by line.
func (c *Config) Warnings() []Problem { return c.warnings }

// resolve makes a path of the file one of the process.
func (s Source) resolve(path string) string {
	if path == "" || s.Dir == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.Dir, path)
}

// cause is the reason of a failed read without its path, which the problem
// already tells.
func cause(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}
