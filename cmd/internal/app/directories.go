package app

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"ringback/cmd/internal/config"
	"ringback/ivr/caller"
	"ringback/ivr/caller/ldap"
	"ringback/ivr/caller/sql"
	"ringback/ivr/ledger"
	"ringback/metrics"
)

// directoryType is a plug-in: its part of the configuration, as a pointer to
// decode into, that opens the directory.
type directoryType struct {
	part       func() opener
	operations func() []string // of its server; nil: it has none
}

type opener interface {
	open(ctx context.Context, t caller.Tools) (caller.Directory, error)
}

// directoryTypes are all plug-ins, by directory.type.
func directoryTypes() map[string]directoryType {
	return map[string]directoryType{
		"file": {part: func() opener { return new(filePart) }},
		"ldap": {part: func() opener { return new(ldapPart) }, operations: ldap.Operations},
		"sql":  {part: func() opener { return new(sqlPart) }, operations: sql.Operations},
	}
}

// filePart is directory.config of type file.
type filePart struct {
	Path string `yaml:"path" path:"true"`
}

// Check wants the one key.
func (p *filePart) Check(fail func(path, message string)) {
	if p.Path == "" {
		fail("path", "is missing")
	}
}

func (p *filePart) open(context.Context, caller.Tools) (caller.Directory, error) {
	return caller.OpenFile(p.Path) //nolint:wrapcheck // it names itself
}

type ldapPart ldap.Config

// Check asks the plug-in.
func (p *ldapPart) Check(fail func(path, message string)) { (*ldap.Config)(p).Check(fail) }

func (p *ldapPart) open(ctx context.Context, t caller.Tools) (caller.Directory, error) {
	return ldap.Config(*p).Open(ctx, t) //nolint:wrapcheck // it names itself
}

type sqlPart sql.Config

// Check asks the plug-in.
func (p *sqlPart) Check(fail func(path, message string)) { (*sql.Config)(p).Check(fail) }

func (p *sqlPart) open(ctx context.Context, t caller.Tools) (caller.Directory, error) {
	return sql.Config(*p).Open(ctx, t) //nolint:wrapcheck // it names itself
}

// CheckDirectory decodes directory.config as the service does when it starts,
// and connects to nothing. Its error is [config.Problems].
func CheckDirectory(c *config.Config) error {
	_, _, err := directoryPart(c.Directory)
	return err
}

var _ config.Check = CheckDirectory

// directoryPart finds the plug-in and decodes its part.
func directoryPart(d config.Directory) (opener, directoryType, error) {
	kind, ok := directoryTypes()[d.Type]
	switch {
	case !ok:
		known := strings.Join(slices.Sorted(maps.Keys(directoryTypes())), ", ")
		return nil, kind, config.Problems{{Path: "directory.type", Message: fmt.Sprintf("there is no type %q: one of %s", d.Type, known)}}
	case d.Config.IsZero():
		return nil, kind, config.Problems{{Path: "directory.config", Message: "is missing: the keys of type " + d.Type}}
	}
	part := kind.part()
	return part, kind, d.Config.Decode(part) //nolint:wrapcheck // Problems
}

// lookUpTime bounds each look-up in a directory with a server.
const lookUpTime = 1500 * time.Millisecond

// directory opens the configured plug-in.
func (a *App) directory(ctx context.Context, deps *metrics.Dependencies) (caller.Directory, error) {
	deps.For("directory", nil) // at zero, also for one that has no server
	if a.o.Directory != nil {
		return a.o.Directory, nil
	}
	part, kind, err := directoryPart(a.o.Config.Directory)
	if err != nil {
		return nil, fmt.Errorf("directory: %w", err)
	}
	t := caller.Tools{Logger: a.o.Logger, Registerer: a.exporter.Registry()}
	if kind.operations != nil {
		t.Recorder = deps.For("directory", kind.operations())
	}
	d, err := part.open(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("directory: %w", err)
	}
	if c, ok := d.(io.Closer); ok {
		a.onStop("directory", func(context.Context) error { return c.Close() })
	}
	return d, nil
}

// bounded gives the look-ups of callers their limit. A file needs none, and a box
// has a time of its own.
func bounded(d caller.Directory) caller.Directory {
	if _, ok := d.(caller.Pinger); ok {
		return caller.Bounded(d, lookUpTime)
	}
	return d
}

// importNumbers notes the ages of all numbers at the first start. A directory
// that cannot be asked then is asked at the next start; until it was, a number is
// as old as its first call.
func (a *App) importNumbers(ctx context.Context, d caller.Directory, names caller.Pseudonyms) error {
	var list []ledger.NumberSeen
	add := func(p caller.Person) error {
		for _, ph := range p.Phones {
			list = append(list, ledger.NumberSeen{
				Subject: names.Subject(p.ID), Number: names.Number(ph.Number), Since: ph.Since, Trusted: a.o.Config.Policy.ImportedNumbersTrusted,
			})
		}
		return nil
	}
	switch d := d.(type) {
	case caller.Lister:
		for _, p := range d.People() {
			_ = add(p)
		}
	case caller.Walker:
		done, err := a.ledger.NumbersImported(ctx)
		if err != nil {
			return fmt.Errorf("import numbers: %w", err)
		}
		if done {
			return nil
		}
		if err := d.Each(ctx, add); err != nil {
			a.o.Logger.WarnContext(ctx, "numbers not imported: until the next start each is as old as its first call", "error", err.Error())
			return nil
		}
	default:
		return nil
	}
	if _, err := a.ledger.ImportNumbers(ctx, a.o.Clock.Now(), list); err != nil {
		return fmt.Errorf("import numbers: %w", err)
	}
	return nil
}
