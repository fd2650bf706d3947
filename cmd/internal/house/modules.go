package house

import (
	"fmt"
	"slices"
	"strings"
)

// Module is one module that we chose to depend on.
type Module struct {
	Path string
	// Why we do not write it ourselves.
	Why string
	// In are the rooms whose product code may import it, Tests those whose
	// tests and test kits may as well ("ivr/line", "ivr/desk/...", "...").
	In, Tests []string
}

// Modules is the whole list. A line more needs a reason that a reviewer
// believes; a line that nobody imports goes.
func Modules() []Module {
	everywhere := []string{"..."}
	return []Module{
		{
			Path: "github.com/alecthomas/kong", Why: "commands and flags, with help that reads well",
			In: []string{"cmd/ringback"},
		},
		{
			Path: "github.com/alexedwards/argon2id", Why: "the encoded form of argon2id hashes, with their parameters",
			In: []string{"ivr/caller/...", "ivr/desk/console"},
		},
		{
			Path: "github.com/alicebob/miniredis/v2", Why: "redis.url: embedded, a Redis inside the process",
			In: []string{"sessions/..."},
		},
		{
			Path: "github.com/coreos/go-oidc/v3", Why: "OpenID Connect: discovery, rotating keys, ID tokens checked",
			In: []string{"ivr/desk/console"},
		},
		{
			Path: "github.com/emersion/go-sasl", Why: "AUTH of the mail server in a box",
			In: []string{"ivr/mail/mailbox"},
		},
		{
			Path: "github.com/emersion/go-smtp", Why: "the mail server in a box: another hand than the client's",
			In: []string{"ivr/mail/mailbox"},
		},
		{
			Path: "github.com/go-ldap/ldap/v3", Why: "LDAP: searches, binds, StartTLS, filters escaped",
			In: []string{"ivr/caller/ldap"},
		},
		{
			Path: "github.com/goccy/go-yaml", Why: "strict YAML whose errors name line and column",
			In: []string{"cmd/internal/config", "ivr/caller/...", "ivr/words", "ivr/desk/console"}, Tests: []string{"metrics/...", "cmd/..."},
		},
		{
			Path: "github.com/jackc/pgx/v5", Why: "PostgreSQL for database/sql: the ledger of several instances, directories in SQL",
			In: []string{"ivr/ledger/...", "ivr/caller/..."},
		},
		{
			Path: "github.com/labstack/echo/v4", Why: "routing and middleware of the servers",
			In: []string{"ivr/line", "ivr/desk/...", "twiml/carrier", "ivr/duo/duobox", "metrics", "cmd/internal/app"},
		},
		{
			Path: "github.com/nicksnyder/go-i18n/v2", Why: "message catalogues with plurals, per language",
			In: []string{"ivr/words"},
		},
		{
			Path: "github.com/nyaruka/phonenumbers", Why: "numbers of every country, read and normalised",
			In: []string{"cmd/internal/config", "ivr/caller/...", "ivr/desk/..."},
		},
		{
			Path: "github.com/pressly/goose/v3", Why: "migrations of the ledger, for SQLite and PostgreSQL alike",
			In: []string{"ivr/ledger/..."},
		},
		{
			Path: "github.com/prometheus/client_golang", Why: "metrics, beside what they measure",
			In: everywhere, // the pure packages import no module at all
		},
		{
			Path: "github.com/redis/go-redis/v9", Why: "Redis alone, by Sentinel, in a cluster; pipelining",
			In: []string{"sessions/..."}, Tests: []string{"cmd/..."}, // the bare baseline of make bench
		},
		{
			Path: "github.com/twilio/twilio-go", Why: "Twilio's REST API, its types and error codes",
			In: []string{"ivr/twilio"}, Tests: []string{"twiml/...", "cmd/..."}, // an oracle, a customer of the carrier in a box
		},
		{
			Path: "github.com/vmihailenco/msgpack/v5", Why: "calls as compact bytes that may gain fields",
			In: []string{"ivr/line", "ivr/desk/...", "sessions"}, Tests: []string{"ivr/..."},
		},
		{
			Path: "github.com/wneessen/go-mail", Why: "e-mail: messages, encodings, SMTP with STARTTLS and AUTH",
			In: []string{"ivr/mail"},
		},
		{
			Path: "golang.org/x/crypto", Why: "the AEAD that seals what is stored",
			In: []string{"sessions/...", "ivr/outbox"},
		},
		{
			Path: "golang.org/x/oauth2", Why: "the code flow with PKCE, below go-oidc",
			In: []string{"ivr/desk/console"},
		},
		{
			Path: "golang.org/x/term", Why: "keys without Enter, and PINs without echo, at a terminal",
			In: []string{"cmd/ringback", "cmd/internal/box"},
		},
		{
			Path: "golang.org/x/text", Why: "language tags of the catalogues",
			In: []string{"ivr/words", "cmd/internal/config"},
		},
		{
			Path: "modernc.org/sqlite", Why: "the embedded ledger, without cgo",
			In: []string{"ivr/ledger/..."},
		},

		// For tests alone.
		{Path: "github.com/PuerkitoBio/goquery", Why: "pages checked by CSS selectors", Tests: []string{"ivr/desk/console/..."}},
		{Path: "github.com/chromedp/chromedp", Why: "drives a real browser", Tests: []string{"ivr/desk/console/...", "cmd/..."}},
		{Path: "github.com/compose-spec/compose-go/v2", Why: "reads docker-compose.yml as Docker does", Tests: []string{"cmd/internal/house"}},
		{Path: "github.com/chromedp/chromedp", Why: "a real browser opens our pages", Tests: everywhere},
		{Path: "github.com/google/go-cmp", Why: "differences that can be read", Tests: everywhere},
		{Path: "github.com/santhosh-tekuri/jsonschema/v6", Why: "events checked by their schema, as their receivers do", Tests: []string{"ivr/event", "cmd/..."}},
		{Path: "github.com/rogpeppe/go-internal", Why: "testscript: command lines and what they print", Tests: []string{"cmd/ringback"}},
		{Path: "go.uber.org/goleak", Why: "finds goroutines that nobody waits for", Tests: everywhere},
		{Path: "pgregory.net/rapid", Why: "property tests that shrink", Tests: everywhere},
	}
}

// Banned are packages that no product code imports, though their module is
// listed, each with the reason.
func Banned() map[string]string {
	return map[string]string{
		"github.com/twilio/twilio-go":       "the root package links every product of Twilio: use client and rest/api/v2010",
		"github.com/twilio/twilio-go/twiml": "our own package twiml renders documents",
	}
}

// owner is the module of an import path, by the longest path that fits.
func owner(modules []Module, imported string) (Module, bool) {
	var best Module
	for _, m := range modules {
		if (imported == m.Path || strings.HasPrefix(imported, m.Path+"/")) && len(m.Path) > len(best.Path) {
			best = m
		}
	}
	return best, best.Path != ""
}

// CheckModules holds that every import is of a listed module and from a room
// that may.
func CheckModules(tree Tree, modules []Module, banned map[string]string) []Breach {
	var found []Breach
	for _, f := range tree {
		for _, i := range f.Imports {
			if _, ours := Ours(i.Path); ours || !strings.Contains(strings.Split(i.Path, "/")[0], ".") {
				continue
			}
			if says := judge(f, i.Path, modules, banned); says != "" {
				found = append(found, Breach{f.Path, i.Line, says})
			}
		}
	}
	return found
}

// judge says what is wrong with one import of a module, or nothing.
func judge(f File, imported string, modules []Module, banned map[string]string) string {
	m, ok := owner(modules, imported)
	if !ok {
		return fmt.Sprintf("imports %s, of a module that is not listed: do without, or add it with its reason to Modules (cmd/internal/house/modules.go)", imported)
	}
	if why := banned[imported]; why != "" && !f.Test {
		return fmt.Sprintf("imports %s: %s", imported, why)
	}
	rooms := m.In
	if f.Test {
		rooms = append(slices.Clone(m.In), m.Tests...)
	}
	if within(f.Package(), rooms) {
		return ""
	}
	if len(m.In) == 0 && !f.Test {
		return fmt.Sprintf("imports %s, which is for tests alone", imported)
	}
	return fmt.Sprintf("imports %s, which has its rooms (%s): go through the package that has it, or give it one room more in Modules (cmd/internal/house/modules.go)",
		imported, strings.Join(rooms, ", "))
}

// CheckModFile holds that go.mod requires directly what is listed and nothing
// else, and that somebody imports each.
func CheckModFile(gomod string, tree Tree, modules []Module) []Breach {
	var found []Breach
	say := func(format string, args ...any) {
		found = append(found, Breach{File: "go.mod", Says: fmt.Sprintf(format, args...)})
	}
	used := map[string]bool{}
	for _, f := range tree {
		for _, i := range f.Imports {
			if m, ok := owner(modules, i.Path); ok {
				used[m.Path] = true
			}
		}
	}
	direct := directly(gomod)
	for _, m := range modules {
		if m.Why == "" {
			say("%s is listed without a reason", m.Path)
		}
		switch {
		case !used[m.Path]:
			say("nobody imports %s: take it out of Modules (cmd/internal/house/modules.go), or use it", m.Path)
		case !slices.Contains(direct, m.Path):
			say("does not require %s directly: run go mod tidy", m.Path)
		}
	}
	for _, d := range direct {
		if !slices.ContainsFunc(modules, func(m Module) bool { return m.Path == d }) {
			say("requires %s, which is not listed: do without, or add it with its reason to Modules (cmd/internal/house/modules.go)", d)
		}
	}
	return found
}

// directly lists the modules that go.mod requires without "// indirect".
func directly(gomod string) []string {
	var direct []string
	block := false
	for line := range strings.Lines(gomod) {
		line = strings.TrimSpace(line)
		one, single := strings.CutPrefix(line, "require ")
		switch {
		case line == "require (":
			block = true
		case line == ")":
			block = false
		case (block || single) && !strings.HasSuffix(line, "// indirect"):
			if words := strings.Fields(one); len(words) >= 2 && !strings.HasPrefix(words[0], "//") {
				direct = append(direct, words[0])
			}
		}
	}
	return direct
}
