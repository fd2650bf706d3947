package house_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"ringback/cmd/internal/house"
)

// top is the top of the repository, from this folder.
const top = "../../.."

func source(t *testing.T) house.Tree {
	t.Helper()
	tree, err := house.Scan(os.DirFS(top))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree) < 100 {
		t.Fatalf("only %d files: is %s the top of the repository?", len(tree), top)
	}
	return tree
}

func report(t *testing.T, breaches []house.Breach) {
	t.Helper()
	for _, b := range breaches {
		t.Error(b)
	}
}

func TestFloors(t *testing.T)  { report(t, house.CheckFloors(source(t), house.Floors())) }
func TestBoxes(t *testing.T)   { report(t, house.CheckBoxes(source(t), house.Boxes())) }
func TestPure(t *testing.T)    { report(t, house.CheckPure(source(t), house.Pure())) }
func TestNoSkips(t *testing.T) { report(t, house.CheckSkips(source(t))) }

func TestModules(t *testing.T) {
	report(t, house.CheckModules(source(t), house.Modules(), house.Banned()))
}

func TestModFile(t *testing.T) {
	report(t, house.CheckModFile(read(t, "go.mod"), source(t), house.Modules()))
}

func TestTop(t *testing.T) {
	entries, err := os.ReadDir(top)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	report(t, house.CheckTop(names, read(t, ".gitignore")))
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// made scans a tree of made-up files.
func made(t *testing.T, files map[string]string) house.Tree {
	t.Helper()
	tree := fstest.MapFS{}
	for name, body := range files {
		tree[name] = &fstest.MapFile{Data: []byte("package p\n" + body)}
	}
	scanned, err := house.Scan(tree)
	if err != nil {
		t.Fatal(err)
	}
	return scanned
}

// TestEachRuleCanFail shows every rule a file that breaks it, and one that
// nearly does.
func TestEachRuleCanFail(t *testing.T) {
	floors := func(tr house.Tree) []house.Breach { return house.CheckFloors(tr, house.Floors()) }
	boxes := func(tr house.Tree) []house.Breach { return house.CheckBoxes(tr, house.Boxes()) }
	pure := func(tr house.Tree) []house.Breach { return house.CheckPure(tr, house.Pure()) }
	modules := func(tr house.Tree) []house.Breach {
		return house.CheckModules(tr, house.Modules(), house.Banned())
	}
	const none = ""
	for _, c := range []struct {
		name       string
		rule       func(house.Tree) []house.Breach
		file, body string
		says       string // or none
	}{
		{"down", floors, "ivr/line/a.go", `import "ringback/ivr"`, none},
		{"up", floors, "ivr/caller/a.go", `import "ringback/ivr/line"`, "which is not below it"},
		{"sideways", floors, "ivr/duo/a.go", `import "ringback/ivr/twilio"`, "which is not below it"},
		{"the ground imports none of ours", floors, "sessions/a.go", `import "ringback/ivr/clock"`, "none of ours"},
		{"the dialogue", floors, "ivr/a.go", `import "ringback/twiml"`, "none of ours"},
		{"no floor", floors, "ivr/util/a.go", ``, "stands on no floor"},
		{"a kit in a product", floors, "ivr/line/a.go", `import "ringback/sessions/sessionstest"`, "only tests may"},
		{"a kit in a test", floors, "ivr/line/a_test.go", `import "ringback/sessions/sessionstest"`, none},
		{"a test upwards", floors, "ivr/a_test.go", `import "ringback/ivr/line"`, none},
		{"a test into cmd", floors, "ivr/line/a_test.go", `import "ringback/cmd/internal/box"`, "move the test under cmd"},
		{"a kit of its own", floors, "sessions/sessionstest/a.go", `import "ringback/sessions"`, none},

		{"the box's carrier", boxes, "cmd/internal/box/a.go", `import "ringback/twiml/carrier"`, none},
		{"the line's carrier", boxes, "ivr/line/a.go", `import "ringback/twiml/carrier"`, "must not know"},
		{"the app's Duo", boxes, "cmd/internal/app/a.go", `import "ringback/ivr/duo/duobox"`, "must not know"},
		{"the test's Duo", boxes, "ivr/duo/a_test.go", `import "ringback/ivr/duo/duobox"`, none},
		{"demo", boxes, "cmd/ringback/demo.go", `import "ringback/cmd/internal/box"`, none},
		{"serve", boxes, "cmd/ringback/serve.go", `import "ringback/cmd/internal/box"`, "must not know"},

		{"a pure import", pure, "ivr/a.go", `import ("strings"; "time"; "net/url"); var _ = time.Second`, none},
		{"the network", pure, "ivr/a.go", `import "net/http"`, "is pure and imports net/http"},
		{"the system", pure, "ivr/transfer/a.go", `import "os"`, "is pure and imports os"},
		{"dice", pure, "ivr/numberchange/a.go", `import "math/rand/v2"`, "is pure and imports math/rand/v2"},
		{"secret dice", pure, "ivr/a.go", `import "crypto/rand"`, "is pure and imports crypto/rand"},
		{"zones", pure, "ivr/a.go", `import _ "time/tzdata"`, "is pure and imports time/tzdata"},
		{"a context", pure, "ivr/a.go", `import "context"`, "is pure and imports context"},
		{"a module", pure, "ivr/a.go", `import "golang.org/x/sync/errgroup"`, "imports the module"},
		{"the time", pure, "ivr/a.go", `import "time"; var now = time.Now`, "uses time.Now"},
		{"the time by another name", pure, "ivr/a.go", `import clock "time"; var now = clock.Now()`, "uses time.Now"},
		{"the time in a test", pure, "ivr/a_test.go", `import "time"; var now = time.Now()`, none},
		{"not pure", pure, "ivr/line/a.go", `import "net/http"`, none},

		{"Echo in the line", modules, "ivr/line/a.go", `import "github.com/labstack/echo/v4/middleware"`, none},
		{"Echo in the desk's console", modules, "ivr/desk/console/a.go", `import "github.com/labstack/echo/v4"`, none},
		{"Echo elsewhere", modules, "ivr/caller/a.go", `import "github.com/labstack/echo/v4"`, "has its rooms"},
		{"Redis elsewhere", modules, "ivr/line/a.go", `import "github.com/redis/go-redis/v9"`, "has its rooms"},
		{"Redis in a test elsewhere", modules, "ivr/line/a_test.go", `import "github.com/alicebob/miniredis/v2"`, "has its rooms"},
		{"Twilio elsewhere", modules, "ivr/reconnect/a.go", `import "github.com/twilio/twilio-go/client"`, "has its rooms"},
		{"Twilio as an oracle", modules, "twiml/a_test.go", `import "github.com/twilio/twilio-go/twiml"`, none},
		{"Twilio's root", modules, "ivr/twilio/a.go", `import "github.com/twilio/twilio-go"`, "links every product"},
		{"SQL elsewhere", modules, "ivr/caller/a.go", `import _ "modernc.org/sqlite"`, "has its rooms"},
		{"a stranger", modules, "ivr/line/a.go", `import "github.com/stretchr/testify/assert"`, "not listed"},
		{"a stranger in a test", modules, "ivr/line/a_test.go", `import "github.com/stretchr/testify/assert"`, "not listed"},
		{"nearly listed", modules, "ivr/line/a.go", `import "github.com/labstack/echo/v4x"`, "not listed"},
		{"a test's module", modules, "ivr/line/a.go", `import "github.com/google/go-cmp/cmp"`, "for tests alone"},
		{"a test's module in a kit", modules, "sessions/sessionstest/a.go", `import "github.com/google/go-cmp/cmp"`, none},

		{"a skip", house.CheckSkips, "ivr/a_test.go", `import "testing"; func TestX(t *testing.T) { t.Skip("later") }`, "must fail"},
		{"a short cut", house.CheckSkips, "ivr/a_test.go", `import "testing"; var _ = testing.Short()`, "must fail"},
		{"another skip", house.CheckSkips, "ivr/a.go", `func f(t interface{ Skip() }) { t.Skip() }`, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := c.rule(made(t, map[string]string{c.file: c.body}))
			switch {
			case c.says == none:
				report(t, found)
			case len(found) == 0:
				t.Errorf("no breach, want one with %q", c.says)
			case !strings.Contains(found[0].String(), c.says) || !strings.HasPrefix(found[0].String(), c.file):
				t.Errorf("breach %q, want one of %s with %q", found[0], c.file, c.says)
			}
		})
	}
}

func TestModFileCanFail(t *testing.T) {
	listed := []house.Module{{Path: "example.org/a/v2", Why: "a"}}
	uses := map[string]string{"ivr/line/a.go": `import "example.org/a/v2/b"`}
	const block = "module ringback\n\nrequire (\n\texample.org/a/v2 v2.1.0\n\texample.org/deep v1.0.0 // indirect\n)\n"
	for _, c := range []struct {
		name, gomod string
		files       map[string]string
		modules     []house.Module
		says        string
	}{
		{"as listed", block, uses, listed, ""},
		{"on a line of its own", "require example.org/a/v2 v2.1.0\n", uses, listed, ""},
		{"not tidy", "require example.org/a/v2 v2.1.0 // indirect\n", uses, listed, "go mod tidy"},
		{"unused", block, nil, listed, "nobody imports example.org/a/v2"},
		{"unlisted", block + "require example.org/b v1.0.0\n", uses, listed, "requires example.org/b"},
		{"without a reason", block, uses, []house.Module{{Path: "example.org/a/v2"}}, "without a reason"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := house.CheckModFile(c.gomod, made(t, c.files), c.modules)
			if c.says == "" {
				report(t, found)
			} else if len(found) != 1 || !strings.Contains(found[0].String(), c.says) {
				t.Errorf("breaches %q, want one with %q", found, c.says)
			}
		})
	}
}

func TestTopCanFail(t *testing.T) {
	found := house.CheckTop([]string{"ivr", "utils", "ringback.db", "secrets"}, "# left behind\n*.db\n/secrets/\n")
	if len(found) != 1 || found[0].File != "utils" {
		t.Errorf("breaches %q, want utils alone", found)
	}
}

func TestScan(t *testing.T) {
	tree := made(t, map[string]string{
		"a/a.go": "", "a/testdata/b.go": "", ".ci/c.go": "", "_d/d.go": "", "a/kittest/e.go": "", "a/f_test.go": "", "a/readme.md": "",
	})
	got := map[string]bool{}
	for _, f := range tree {
		got[f.Path] = f.Test
	}
	if len(got) != 3 || got["a/a.go"] || !got["a/kittest/e.go"] || !got["a/f_test.go"] {
		t.Errorf("scanned %v", got)
	}
	if _, err := house.Scan(fstest.MapFS{"a.go": {Data: []byte("no Go")}}); err == nil || !strings.Contains(err.Error(), "a.go") {
		t.Errorf("a file that is no Go: %v", err)
	}
}
