package config_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/cmd/internal/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// parseFile parses a file of testdata as if it stood alone in a folder.
func parseFile(t *testing.T, name string) (*config.Config, error) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return config.Parse(config.Source{
		Name: filepath.Base(name), Data: data, Dir: "/etc/ringback",
		Env: func(name string) (string, bool) { return "", name == "EMPTY" },
		ReadFile: func(path string) ([]byte, error) {
			if filepath.Base(path) == "empty" {
				return []byte("\n"), nil
			}
			return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
		},
	})
}

// Each file of the corpus has the mistake that it is named after, and is told
// about it in the words beside it.
func TestBadConfigs(t *testing.T) {
	if _, err := parseFile(t, "testdata/good.yaml"); err != nil {
		t.Fatalf("what the corpus was made from is bad itself: %v", err)
	}
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	told := regexp.MustCompile(`5ecre7|[A-Za-z0-9+/]{30,}|\+1\d{10}`)
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".yaml"), func(t *testing.T) {
			_, err := parseFile(t, f)
			var p config.Problems
			if !errors.As(err, &p) || len(p) == 0 {
				t.Fatalf("err = %v, want problems", err)
			}
			golden(t, strings.TrimSuffix(f, ".yaml")+".txt", err.Error()+"\n")
			if leak := told.FindString(strings.ReplaceAll(err.Error(), "+19195550100", "")); leak != "" {
				t.Errorf("repeats a value: %s", leak)
			}
			for _, x := range p {
				if x.Line < 1 || x.Column < 1 || x.File == "" {
					t.Errorf("without a place: %+v", x)
				}
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	c, err := parseFile(t, "testdata/loose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/loose.txt", config.Problems(c.Warnings()).Error()+"\n")
	c, err = parseFile(t, "testdata/good.yaml")
	if err != nil || len(c.Warnings()) != 0 {
		t.Errorf("warnings about nothing: %v, %v", c.Warnings(), err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range secrets() {
		write("secrets/"+name, value+"\r\n")
	}
	write("ringback.yaml", example(t))
	c, err := config.Load(filepath.Join(dir, "ringback.yaml"), env)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Ledger.URL.Reveal(), "sqlite:"+filepath.Join(dir, "ringback.db"); got != want {
		t.Errorf("ledger %s, want %s", got, want)
	}
	if got := c.Twilio.APISecret.Reveal(); got != "apisecret-5ecre7" {
		t.Errorf("a secret's line break is part of it")
	}
	if _, err := config.Load(filepath.Join(dir, "none.yaml"), env); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("err = %v, want not exist", err)
	}
	c, err = config.Load(filepath.Join(dir, "ringback.yaml"), nil)
	if err == nil || c != nil {
		t.Error("a variable that is not set was accepted")
	}
}

func TestOverrideComesBeforeTheChecks(t *testing.T) {
	data := []byte(example(t))
	c, err := config.Parse(config.Source{Data: data, Env: env, ReadFile: readSecret, Override: func(c *config.Config) {
		c.PublicURL = "http://127.0.0.1:8080"
		c.Redis.URL, c.Ledger.URL = config.NewSecret("embedded"), config.NewSecret("sqlite::memory:")
		c.Keys = config.Keys{}
		c.Twilio.APIURL, c.Duo.APIURL = "http://127.0.0.1:1", "http://[::1]:2"
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !c.Redis.Embedded() || !c.Ledger.InMemory() || c.PublicURL != "http://127.0.0.1:8080" {
		t.Error("not overridden")
	}
	_, err = config.Parse(config.Source{Data: data, Env: env, ReadFile: readSecret, Override: func(c *config.Config) { c.Keys = config.Keys{} }})
	if err == nil || !strings.Contains(err.Error(), "keys.sealing") {
		t.Errorf("err = %v, want keys.sealing missing", err)
	}
}

func TestRaw(t *testing.T) {
	type plugin struct {
		Path     string          `yaml:"path" path:"true"`
		Password config.Secret   `yaml:"password"`
		Timeout  config.Duration `yaml:"timeout"`
	}
	decode := func(raw string) (p plugin, err error) {
		c := mustParse(t, strings.Replace(example(t), "    path: people.yaml\n", raw, 1))
		return p, c.Directory.Config.Decode(&p)
	}
	p, err := decode("    path: people.yaml\n    password_file: secrets/twilio_auth_token\n    timeout: 2s\n")
	if err != nil || p.Path != "/etc/ringback/people.yaml" || p.Password.Reveal() != "token-5ecre7" || p.Timeout.String() != "2s" {
		t.Errorf("%+v, %v", p, err)
	}
	for name, tt := range map[string]struct{ raw, want string }{
		"unknown key":  {"    pth: x\n", "directory.config.pth: is not a key here (did you mean path?)"},
		"both":         {"    password: a\n    password_file: b\n", "directory.config.password_file: is given beside password"},
		"not set":      {"    password: ${NONE}\n", "directory.config.password: wants the environment variable NONE"},
		"bad duration": {"    timeout: 5\n", "directory.config.timeout: is not a duration"},
	} {
		if _, err := decode(tt.raw); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: err = %v, want %s", name, err, tt.want)
		}
	}
	if err := (config.Raw{}).Decode(&p); err != nil {
		t.Errorf("a part left out: %v", err)
	}
	c := mustParse(t, example(t))
	if err := c.Directory.Config.Decode(p); err == nil {
		t.Error("decoded into no pointer")
	}
}

// plugin is a plug-in's part that checks itself, and knows no type of ours.
type plugin struct {
	URLs    []string      `yaml:"urls"`
	Timeout time.Duration `yaml:"timeout"`
	Map     struct {
		ID string `yaml:"id"`
	} `yaml:"map"`
}

func (p *plugin) Check(fail func(path, message string)) {
	for i, u := range p.URLs {
		if u == "" {
			fail(fmt.Sprintf("urls[%d]", i), "is empty")
		}
	}
	if p.Timeout > time.Minute {
		fail("timeout", "is too long")
	}
	if p.Map.ID == "" {
		fail("map.id", "is missing")
	}
}

func TestChecksOfPlugins(t *testing.T) {
	check := func(c *config.Config) error {
		if c.Directory.Type != "ldap" {
			return config.Problems{{Path: "directory.type", Message: "is unknown"}}
		}
		return c.Directory.Config.Decode(new(plugin))
	}
	for _, tt := range []struct{ name, part, want string }{
		{"all is well", "type: ldap\n  config: {urls: [a], timeout: 2s, map: {id: x}}", ""},
		{
			"every problem, by line", "type: ldap\n  config:\n    urls: [a, '']\n    timeout: 5\n    map:\n      no: x",
			"4:15: directory.config.urls[1]: is empty\n5:14: directory.config.timeout: is not a duration, such as 30s, 10m or 168h\n" +
				"7:7: directory.config.map.id: is missing\n7:7: directory.config.map.no: is not a key here (did you mean id?)",
		},
		{"a missing part stands where it belongs", "type: ldap\n  config:\n    timeout: 2h", "4:5: directory.config.map.id: is missing\n4:14: directory.config.timeout: is too long"},
		{"not a plug-in", "type: nis", "2:9: directory.type: is unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "directory:\n  " + tt.part + "\n" + strings.Replace(example(t), "directory:\n  type: file\n  config:\n    path: people.yaml\n", "", 1)
			_, err := config.Parse(config.Source{Data: []byte(text), Env: env, ReadFile: readSecret, Checks: []config.Check{check}})
			got := ""
			if err != nil {
				got = strings.ReplaceAll(err.Error(), "ringback.yaml:", "")
			}
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	_, err := config.Parse(config.Source{Data: []byte(example(t)), Env: env, ReadFile: readSecret, Checks: []config.Check{
		func(*config.Config) error { return errors.New("something else") },
	}})
	if err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("err = %v, want what the check said", err)
	}
}

func TestNumbersAreNormalised(t *testing.T) {
	text := strings.ReplaceAll(example(t), `"+19196842243"`, `+1 (919) 684-2243`)
	c := mustParse(t, text)
	if got := c.Lines[1].Number; got != "+19196842243" {
		t.Errorf("number %s", got)
	}
	var r config.NumberRange
	if err := r.UnmarshalText([]byte("+19195550300-+19195550399")); err != nil {
		t.Fatal(err)
	}
	var in []string
	for _, n := range []string{"+19195550299", "+19195550300", "+19195550350", "+19195550399", "+19195550400", "+1919555035", "anonymous"} {
		if r.Contains(n) {
			in = append(in, n)
		}
	}
	if want := []string{"+19195550300", "+19195550350", "+19195550399"}; !slices.Equal(in, want) {
		t.Errorf("in the range: %v, want %v", in, want)
	}
}

func TestServes(t *testing.T) {
	l := config.Line{ID: "health", Agents: []string{"alex", "jo"}}
	for _, tt := range []struct {
		name  string
		agent config.Agent
		want  bool
	}{
		{"listed, all lines", config.Agent{ID: "alex"}, true},
		{"listed, this line", config.Agent{ID: "jo", Lines: []string{"health"}}, true},
		{"listed, another line", config.Agent{ID: "jo", Lines: []string{"university"}}, false},
		{"not listed", config.Agent{ID: "robin", Lines: []string{"health"}}, false},
	} {
		if got := tt.agent.Serves(l); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
