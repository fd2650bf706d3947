package duobox_test

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ringback/ivr/clock"
	"ringback/ivr/duo/duobox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	key    = "DITESTTESTTESTTEST01"
	secret = "sssshsssshsssshsssshsssshsssshsssshsssss"
	dana   = "DUDANA"
	phone  = "DPDANA"
)

var start = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

// newBox is a box with Dana, her phone, a desk phone and a phone of no platform.
func newBox(t testing.TB, change ...func(*duobox.Options)) (*duobox.Box, *clock.Virtual) {
	t.Helper()
	c := clock.NewVirtual(start)
	o := duobox.Options{
		Clock: c, PublicURL: "https://m.example.edu/", Accounts: []duobox.Account{{IntegrationKey: key, SecretKey: secret}},
		Users: []duobox.User{{ID: dana, Username: "dana", Aliases: []string{"dreyes"}, Email: "dana@example.edu", Phones: []duobox.Phone{
			{ID: phone, Number: "+19195550101", Activated: true},
			{ID: "DPDESK", Number: "919-684-2200", Type: "Landline"},
			{ID: "DPOTHER", Number: "+19195550103", Platform: "Unknown"},
		}}},
	}
	for _, f := range change {
		f(&o)
	}
	b, err := duobox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return b, c
}

// answer is what the API says.
type answer struct {
	Stat     string
	Code     int
	Detail   string `json:"message_detail"`
	Response json.RawMessage
	Metadata map[string]int
}

// ask sends a signed request; params are the query, or the JSON body of a POST.
func ask(t testing.TB, b *duobox.Box, at time.Time, method, path string, params ...string) answer {
	t.Helper()
	query, body := "", ""
	if method == http.MethodPost {
		m := map[string]string{}
		for i := 0; i < len(params); i += 2 {
			m[params[i]] = params[i+1]
		}
		j, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		body = string(j)
	} else if len(params) > 0 {
		query = params[0]
	}
	r := httptest.NewRequest(method, "http://box"+path+"?"+query, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	sign(r, at, query, body)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	var a answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%s %s: %d %q: %v", method, path, w.Code, w.Body, err)
	}
	if a.Stat == "FAIL" && w.Code != a.Code/100 || a.Stat == "OK" && w.Code != 200 {
		t.Errorf("%s %s: status %d with %s %d", method, path, w.Code, a.Stat, a.Code)
	}
	return a
}

func sign(r *http.Request, at time.Time, query, body string) {
	sum := func(s string) string { return fmt.Sprintf("%x", sha512.Sum512([]byte(s))) }
	date := at.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0000")
	mac := hmac.New(sha512.New, []byte(secret))
	fmt.Fprint(mac, strings.Join([]string{date, r.Method, "box", r.URL.Path, query, sum(body), sum("")}, "\n"))
	r.Header.Set("Date", date)
	r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(key+":"+hex.EncodeToString(mac.Sum(nil)))))
}

// issue makes an activation link.
func issue(t testing.TB, b *duobox.Box, at time.Time, phoneID string, params ...string) string {
	t.Helper()
	a := ask(t, b, at, "POST", "/admin/v1/phones/"+phoneID+"/activation_url", params...)
	return field(t, a, "activation_url")
}

// field is a string of the response.
func field(t testing.TB, a answer, name string) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(a.Response, &m); err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	s, _ := m[name].(string)
	return s
}
