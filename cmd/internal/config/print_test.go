package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"ringback/cmd/internal/config"
)

// hider has a secret where fmt cannot call its methods.
type hider struct {
	secret config.Secret
	key    config.Key
	raw    config.Raw
}

// The whole configuration is printed in every way there is, and each secret is
// looked for in what came out.
func TestSecretsDoNotPrint(t *testing.T) {
	text := strings.Replace(uncommented(example(t)), "    path: people.yaml\n", "    path: people.yaml\n    password: raw-5ecre7\n", 1)
	c := mustParse(t, text)
	printed := make(map[string]string)
	h := hider{c.Twilio.AuthToken, c.Keys.Sealing, c.Directory.Config}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%t"} {
		printed["config "+verb] = fmt.Sprintf(verb, c) + fmt.Sprintf(verb, *c)
		printed["secret "+verb] = fmt.Sprintf(verb, c.Twilio.AuthToken) + fmt.Sprintf(verb, &c.Twilio.AuthToken)
		printed["key "+verb] = fmt.Sprintf(verb, c.Keys.Sealing) + fmt.Sprintf(verb, []config.Key{c.Keys.Sealing})
		printed["raw "+verb] = fmt.Sprintf(verb, c.Directory.Config)
		printed["unexported "+verb] = fmt.Sprintf(verb, h) + fmt.Sprintf(verb, &h) + fmt.Sprintf(verb, []hider{h})
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	printed["json"] = string(b)
	if b, err = yaml.Marshal(c); err != nil {
		t.Fatal(err)
	}
	printed["yaml"] = string(b)
	var log bytes.Buffer
	for _, l := range []*slog.Logger{
		slog.New(slog.NewTextHandler(&log, nil)), slog.New(slog.NewJSONHandler(&log, nil)),
	} {
		l.Info("started", "config", c, "twilio", c.Twilio, "token", c.Twilio.AuthToken, "key", c.Keys.Pseudonym, "raw", c.Directory.Config)
	}
	printed["slog"] = log.String()

	values := []string{redisURL, "redispass", "raw-5ecre7", "123456789abcdef0"}
	for _, s := range secrets() {
		values = append(values, s)
	}
	for how, text := range printed {
		for _, v := range values {
			for _, form := range []string{v, fmt.Sprintf("%x", v), fmt.Sprintf("%X", v), strings.Trim(fmt.Sprintf("%d", bytesOf(v)), "[]"), fmt.Sprintf("%#v", bytesOf(v))} {
				if strings.Contains(text, form) {
					t.Errorf("%s prints a secret", how)
				}
			}
		}
	}
	for _, how := range []string{"config %v", "config %#v", "secret %x", "key %d", "json", "yaml", "slog"} {
		if !strings.Contains(printed[how], "<secret>") && !strings.Contains(printed[how], `\u003csecret\u003e`) {
			t.Errorf("%s does not say that there is a secret: %.300s", how, printed[how])
		}
	}
	if got := fmt.Sprint(config.Secret{}) + fmt.Sprint(config.Key{}); got != "" {
		t.Errorf("what is not set prints as %q", got)
	}
}

func bytesOf(s string) []byte { return []byte(s) }

func TestSecret(t *testing.T) {
	s := config.NewSecret("x")
	if s.IsZero() || s.Reveal() != "x" || !s.Equal(config.NewSecret("x")) || s.Equal(config.Secret{}) || !config.NewSecret("").IsZero() {
		t.Error("a secret is not what was put in")
	}
	b := bytes.Repeat([]byte{1, 2}, 16)
	k, err := config.NewKey(b)
	if err != nil || !bytes.Equal(k.Bytes(), b) || k.IsZero() {
		t.Errorf("a key is not what was put in: %v", err)
	}
	k.Bytes()[0] = 9
	if !bytes.Equal(k.Bytes(), b) {
		t.Error("a key can be changed from outside")
	}
	if _, err := config.NewKey(b[:31]); err == nil {
		t.Error("a short key was accepted")
	}
	if (config.Key{}).Bytes() != nil {
		t.Error("a key that is not set has bytes")
	}
}
