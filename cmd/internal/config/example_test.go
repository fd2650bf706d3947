package config_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ringback/cmd/internal/config"
	"ringback/ivr"
)

const exampleFile = "../../../ringback.example.yaml"

// key is 32 bytes in base64 that differ by their first.
func key(first byte) string {
	b := []byte("\x00123456789abcdef0123456789abcdef")
	b[0] = first
	return base64.StdEncoding.EncodeToString(b)
}

// secrets are what the example's key_file paths name, by base name.
func secrets() map[string]string {
	return map[string]string{
		"sealing_key": key('s'), "sealing_key_old": key('o'), "pseudonym_key": key('p'),
		"twilio_auth_token": "token-5ecre7", "twilio_auth_token_old": "oldtoken-5ecre7", "twilio_api_secret": "apisecret-5ecre7",
		"duo_secret_key": "duosecret-5ecre7", "oidc_client_secret": "oidcsecret-5ecre7", "mail_password": "mailpass-5ecre7",
		"events_secret": "events-secret-events-secret-5ecre7", "events_secret_old": "events-before-events-before-5ecre7",
	}
}

func readSecret(path string) ([]byte, error) {
	s, ok := secrets()[filepath.Base(path)]
	if !ok {
		return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
	}
	return []byte(s + "\n"), nil
}

const redisURL = "redis://user:redispass-5ecre7@redis.example.edu:6379/0"

func env(name string) (string, bool) {
	return map[string]string{"REDIS_URL": redisURL}[name], name == "REDIS_URL"
}

func example(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// uncommented makes every setting that the example leaves out a live one.
func uncommented(text string) string {
	return regexp.MustCompile(`(?m)^( *)#([a-z_]+:)`).ReplaceAllString(text, "$1$2")
}

func parse(text string) (*config.Config, error) {
	return config.Parse(config.Source{Data: []byte(text), Dir: "/etc/ringback", Env: env, ReadFile: readSecret})
}

func mustParse(t testing.TB, text string) *config.Config {
	t.Helper()
	c, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestExample(t *testing.T) {
	c := mustParse(t, example(t))
	if w := c.Warnings(); len(w) > 0 {
		t.Errorf("warnings: %v", w)
	}
	type line struct{ ID, Number, Name, Fallback string }
	var lines []line
	for _, l := range c.Lines {
		lines = append(lines, line{l.ID, string(l.Number), l.Name, string(l.FallbackNumber)})
		if got := l.Schedule.Location.String(); got != "America/New_York" {
			t.Errorf("%s: zone %s", l.ID, got)
		}
		if l.UniqueID != (config.UniqueID{Digits: 7, Name: "unique I D"}) {
			t.Errorf("%s: unique ID %+v", l.ID, l.UniqueID)
		}
		if diff := cmp.Diff([]ivr.Factor{ivr.FactorPIN, ivr.FactorTextedCode, ivr.FactorRecoveryCode, ivr.FactorDuoPush}, config.Factors(l.Factors)); diff != "" {
			t.Errorf("%s: factors: %s", l.ID, diff)
		}
	}
	if diff := cmp.Diff([]line{
		{"university", "+19196842200", "Duke University OIT", "+19195550290"},
		{"health", "+19196842243", "Duke Health", "+19195550291"},
	}, lines); diff != "" {
		t.Error(diff)
	}
	type agent struct{ ID, Phone, Role string }
	var agents []agent
	for _, a := range c.Desk.Agents {
		agents = append(agents, agent{a.ID, string(a.Phone), a.Role})
		if !a.Serves(c.Lines[0]) || !a.Serves(c.Lines[1]) {
			t.Errorf("%s does not serve both lines", a.ID)
		}
	}
	if diff := cmp.Diff([]agent{
		{"alex", "+19195550201", "agent"}, {"robin", "+19195550202", "agent"}, {"jo", "+19195550203", "lead"},
	}, agents); diff != "" {
		t.Error(diff)
	}
	if got := c.Redis.URL.Reveal(); got != redisURL {
		t.Error("redis.url was not taken from the environment")
	}
	if got := c.Twilio.AuthToken.Reveal(); got != "token-5ecre7" {
		t.Error("twilio.auth_token_file was not read, or its line break was kept")
	}
	if got := c.Ledger.URL.Reveal(); got != "sqlite:/etc/ringback/ringback.db" {
		t.Errorf("ledger %s", got)
	}
	var plugin struct {
		Path string `yaml:"path" path:"true"`
	}
	if err := c.Directory.Config.Decode(&plugin); err != nil || plugin.Path != "/etc/ringback/people.yaml" {
		t.Errorf("directory: %+v, %v", plugin, err)
	}
}

// Every key of the schema is in the example, live or left out, and nothing else.
func TestExampleHasEveryKey(t *testing.T) {
	given := config.Given([]byte(uncommented(example(t))))
	for _, path := range config.Paths() {
		base := strings.TrimSuffix(path, "[0]")
		if !slices.Contains(given, path) && !slices.Contains(given, path+"_file") && !slices.Contains(given, base) {
			t.Errorf("%s is not in the example", path)
		}
	}
	if len(config.Paths()) < 80 {
		t.Errorf("only %d keys: the schema was not walked", len(config.Paths()))
	}
	mustParse(t, uncommented(example(t)))
}

// What the example leaves out is the default, but for the settings whose
// default is nothing.
func TestExampleTellsTheDefaults(t *testing.T) {
	plain, full := mustParse(t, example(t)), mustParse(t, uncommented(example(t)))
	full.Redis.Timeout, full.Keys.SealingOld = 0, config.Key{}
	full.Twilio.AuthTokenOld, full.Twilio.MessagingServiceSID = config.Secret{}, ""
	full.Desk.WaitMusic, full.Desk.AccountsFile, full.Desk.OIDC = nil, "", config.OIDC{}
	full.Desk.Agents[0].Lines, full.Desk.Agents[0].SignIn, full.Policy.SharedNumbers = nil, "", nil
	full.Callbacks.Countries, full.Callbacks.Quiet = nil, config.TimeSpan{}
	full.Mail, full.Policy.Groups, full.Lines[0].Policy, full.Events = config.Mail{}, plain.Policy.Groups, plain.Lines[0].Policy, nil
	l := &full.Lines[0]
	l.Hours.Sat, l.Hours.Sun, l.Schedule.Weekly[6], l.Schedule.Weekly[0] = nil, nil, nil, nil
	l.TicketsTo = ""
	l.Voice, l.Notice, l.SelfServiceSpoken, l.PrivilegedGroups, l.Agents, l.Words = "", "", plain.Lines[0].SelfServiceSpoken, nil, nil, nil
	if diff := cmp.Diff(plain, full, cmpopts.IgnoreUnexported(config.Config{}, config.Raw{}),
		cmp.Transformer("zone", func(h ivr.Hours) []any { return []any{h.Location.String(), h.Weekly, h.Holidays} })); diff != "" {
		t.Error(diff)
	}
}
