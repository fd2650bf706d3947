package duobox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/clock"
	"ringback/ivr/duo/duobox"
)

// Every refusal has its code, and its detail names the parameter.
func TestRefusals(t *testing.T) {
	const users, phones = "/admin/v1/users", "/admin/v1/phones"
	tests := []struct {
		method, path string
		params       []string
		code         int
		detail       string
	}{
		{"GET", users, []string{"limit=0"}, 40002, "limit"},
		{"GET", users, []string{"limit=301"}, 40002, "limit"},
		{"GET", users, []string{"limit=x"}, 40002, "limit"},
		{"GET", users, []string{"offset=-1"}, 40002, "offset"},
		{"GET", users + "/DUNONE", nil, 40401, ""},
		{"GET", users + "/DUNONE/phones", nil, 40401, ""},
		{"GET", users + "/DUDANA/phones", []string{"limit=501"}, 40002, "limit"},
		{"POST", users + "/DUNONE/phones", []string{"phone_id", phone}, 40401, ""},
		{"POST", users + "/DUDANA/phones", nil, 40001, "phone_id"},
		{"POST", users + "/DUDANA/phones", []string{"phone_id", "DPNONE"}, 40002, "phone_id"},
		{"DELETE", users + "/DUNONE/phones/DPDANA", nil, 40401, ""},
		{"POST", users + "/DUNONE/send_verification_push", []string{"phone_id", phone}, 40401, ""},
		{"POST", users + "/DUDANA/send_verification_push", nil, 40001, "phone_id"},
		{"POST", users + "/DUDANA/send_verification_push", []string{"phone_id", "DPNONE"}, 40002, "phone_id"},
		{"POST", users + "/DUDANA/send_verification_push", []string{"phone_id", "DPDESK"}, 40002, "phone_id"},
		{"GET", users + "/DUDANA/verification_push_response", nil, 40001, "push_id"},
		{"GET", users + "/DUDANA/verification_push_response", []string{"push_id=x"}, 40401, ""},
		{"GET", phones, []string{"number=abc"}, 40002, "number"},
		{"GET", phones, []string{"limit=501"}, 40002, "limit"},
		{"POST", phones, []string{"number", "12"}, 40002, "number"},
		{"POST", phones, []string{"number", "+1919555010123456"}, 40002, "number"},
		{"POST", phones, []string{"number", "+1919555x"}, 40002, "number"},
		{"POST", phones, []string{"number", "9195550101"}, 40003, ""},
		{"POST", phones, []string{"number", "+19195550199", "type", "watch"}, 40002, "type"},
		{"POST", phones, []string{"number", "+19195550199", "platform", "amiga"}, 40002, "platform"},
		{"GET", phones + "/DPNONE", nil, 40401, ""},
		{"POST", phones + "/DPNONE", nil, 40401, ""},
		{"POST", phones + "/DPDANA", []string{"number", "+19195550103"}, 40003, ""},
		{"POST", phones + "/DPNONE/activation_url", nil, 40401, ""},
		{"POST", phones + "/DPDESK/activation_url", nil, 40002, "phone_id"},
		{"POST", phones + "/DPOTHER/activation_url", nil, 40002, "phone_id"},
		{"POST", phones + "/DPDANA/activation_url", []string{"valid_secs", "0"}, 40002, "valid_secs"},
		{"POST", phones + "/DPDANA/activation_url", []string{"valid_secs", "2592001"}, 40002, "valid_secs"},
		{"POST", phones + "/DPDANA/activation_url", []string{"valid_secs", "ten"}, 40002, "valid_secs"},
		{"POST", phones + "/DPDANA/activation_url", []string{"install", "yes"}, 40002, "install"},
		{"GET", phones + "/DPDANA/activation_url", nil, 40401, ""},
		{"POST", users + "/DUDANA/bypass_codes", nil, 40401, ""},
	}
	for _, tc := range tests {
		t.Run(fmt.Sprintf("%s %s %v", tc.method, tc.path, tc.params), func(t *testing.T) {
			b, _ := newBox(t)
			before := fmt.Sprintf("%#v", b.Users())
			a := ask(t, b, start, tc.method, tc.path, tc.params...)
			if a.Stat != "FAIL" || a.Code != tc.code || a.Detail != tc.detail {
				t.Errorf("%s %d %q, want %d %q", a.Stat, a.Code, a.Detail, tc.code, tc.detail)
			}
			if after := fmt.Sprintf("%#v", b.Users()); after != before {
				t.Errorf("something was done:\n%s\n%s", before, after)
			}
		})
	}
}

// Bodies that are nothing to go by, although they are signed.
func TestBadBodies(t *testing.T) {
	for _, body := range []string{
		`[]`, `{`, `"x"`, `{"valid_secs":["600"]}`, `{"valid_secs":{}}`, `{"valid_secs":null}`,
		`{"valid_secs":"` + strings.Repeat("6", 70_000) + `"}`,
	} {
		b, _ := newBox(t)
		r := httptest.NewRequest("POST", "http://box/admin/v1/phones/DPDANA/activation_url", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		sign(r, start, "", body)
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if w.Code != 400 || !strings.Contains(w.Body.String(), `"code":40002`) {
			t.Errorf("%.40s: %d %s", body, w.Code, w.Body)
		}
		if p, _ := b.Phone(phone); !p.Activated {
			t.Errorf("%.40s: the credentials are void", body)
		}
	}
}

// Numbers and booleans in JSON are as good as their text.
func TestLenientBody(t *testing.T) {
	b, _ := newBox(t)
	const body = `{"valid_secs":60,"install":1}`
	r := httptest.NewRequest("POST", "http://box/admin/v1/phones/DPDANA/activation_url", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	sign(r, start, "", body)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"installation_url":"https://m.example.edu/install"`) || !strings.Contains(w.Body.String(), `"valid_secs":60`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A user and a phone have every field that Duo writes, with Duo's oddities.
func TestShapes(t *testing.T) {
	b, _ := newBox(t, func(o *duobox.Options) { o.OmitPlus = true })
	var users []map[string]any
	if err := json.Unmarshal(ask(t, b, start, "GET", "/admin/v1/users", "username=DREYES").Response, &users); err != nil || len(users) != 1 {
		t.Fatalf("%v, %v", users, err)
	}
	u := users[0]
	if u["username"] != "dana" || u["alias1"] != "dreyes" || u["alias2"] != nil || u["status"] != "active" || u["is_enrolled"] != true {
		t.Errorf("user %v", u)
	}
	var p map[string]any
	if err := json.Unmarshal(ask(t, b, start, "GET", "/admin/v1/phones/DPDANA").Response, &p); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"phone_id": phone, "number": "19195550101", "extension": "", "name": "", "type": "Mobile", "platform": "Google Android",
		"model": "", "capabilities": []any{"auto", "push", "sms", "phone", "mobile_otp"}, "activated": true, "last_seen": "",
		"sms_passcodes_sent": false, "predelay": nil, "postdelay": "", "encrypted": "", "screenlock": "", "fingerprint": "", "tampered": "",
		"users": []any{map[string]any{"user_id": dana, "username": "dana", "status": "active"}},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
}

func TestLists(t *testing.T) {
	b, _ := newBox(t)
	for i := range 5 {
		if err := b.AddUser(duobox.User{Username: fmt.Sprintf("user%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		path, query string
		want        int
		next        int
	}{
		{"/admin/v1/users", "", 6, 0},
		{"/admin/v1/users", "limit=4", 4, 4},
		{"/admin/v1/users", "limit=4&offset=4", 2, 0},
		{"/admin/v1/users", "limit=4&offset=99", 0, 0},
		{"/admin/v1/users", "username=nobody", 0, 0},
		{"/admin/v1/users", "email=DANA%40example.edu", 1, 0},
		{"/admin/v1/users", "email=x", 0, 0},
		{"/admin/v1/phones", "", 3, 0},
		{"/admin/v1/phones", "number=%2B19195550101", 1, 0},
		{"/admin/v1/phones", "number=9195550101", 1, 0},
		{"/admin/v1/phones", "number=%2B19195550177", 0, 0},
		{"/admin/v1/users/DUDANA/phones", "", 3, 0},
	}
	for _, tc := range tests {
		// Signed as Duo wants it: sorted. The queries above are.
		a := ask(t, b, start, "GET", tc.path, tc.query)
		var list []any
		if err := json.Unmarshal(a.Response, &list); err != nil || len(list) != tc.want || a.Metadata["next_offset"] != tc.next {
			t.Errorf("%s?%s: %d items, next %d, %v; want %d, %d", tc.path, tc.query, len(list), a.Metadata["next_offset"], err, tc.want, tc.next)
		}
	}
	if a := ask(t, b, start, "GET", "/admin/v1/users/DUDANA"); field(t, a, "username") != "dana" {
		t.Errorf("%+v", a)
	}
}

// One phone too many, and one user too many, are a server error to Duo.
func TestLimits(t *testing.T) {
	b, _ := newBox(t)
	for i := range 97 {
		p := ask(t, b, start, "POST", "/admin/v1/phones", "number", fmt.Sprintf("+1919556%04d", i), "type", "mobile", "platform", "apple ios")
		if a := ask(t, b, start, "POST", "/admin/v1/users/DUDANA/phones", "phone_id", field(t, p, "phone_id")); a.Stat != "OK" {
			t.Fatalf("phone %d: %d", i, a.Code)
		}
	}
	p := ask(t, b, start, "POST", "/admin/v1/phones")
	if a := ask(t, b, start, "POST", "/admin/v1/users/DUDANA/phones", "phone_id", field(t, p, "phone_id")); a.Code != 50001 {
		t.Errorf("the 101st phone: %s %d", a.Stat, a.Code)
	}
	for i := range 101 {
		id := fmt.Sprintf("DU%d", i)
		if err := b.AddUser(duobox.User{ID: id, Username: id}); err != nil {
			t.Fatal(err)
		}
		a := ask(t, b, start, "POST", "/admin/v1/users/"+id+"/phones", "phone_id", field(t, p, "phone_id"))
		if want := i < 100; (a.Stat == "OK") != want {
			t.Errorf("user %d: %s %d", i, a.Stat, a.Code)
		}
	}
}

// A modified phone has its new number, and a deleted one leaves nothing behind.
func TestModifyAndDelete(t *testing.T) {
	b, _ := newBox(t)
	link := issue(t, b, start, phone)
	if a := ask(t, b, start, "POST", "/admin/v1/phones/DPDANA", "number", "+19195550101"); a.Stat != "OK" {
		t.Errorf("its own number: %d", a.Code)
	}
	a := ask(t, b, start, "POST", "/admin/v1/phones/DPDANA", "number", "919 555-0177", "name", "n", "platform", "APPLE IOS")
	if a.Stat != "OK" {
		t.Fatalf("%+v", a)
	}
	if p, ok := b.Phone("+19195550177"); !ok || p.ID != phone || p.Platform != "Apple iOS" || p.Name != "n" {
		t.Errorf("phone %+v, %v", p, ok)
	}
	ask(t, b, start, "DELETE", "/admin/v1/phones/DPDANA")
	if _, ok := b.Phone(phone); ok || len(b.Users()[0].Phones) != 2 {
		t.Error("the phone is still there")
	}
	if err := b.Open(link); err == nil {
		t.Error("its link works")
	}
	if a := ask(t, b, start, "DELETE", "/admin/v1/phones/DPDANA"); a.Stat != "OK" {
		t.Errorf("again: %+v", a)
	}
}

func TestReadOnly(t *testing.T) {
	b, _ := newBox(t, func(o *duobox.Options) { o.Accounts[0].ReadOnly = true })
	if a := ask(t, b, start, "POST", "/admin/v1/phones/DPDANA/activation_url"); a.Code != 40301 {
		t.Errorf("%s %d", a.Stat, a.Code)
	}
	if a := ask(t, b, start, "GET", "/admin/v1/phones/DPDANA"); a.Stat != "OK" {
		t.Errorf("%s %d", a.Stat, a.Code)
	}
}

func TestNewRefuses(t *testing.T) {
	account := []duobox.Account{{IntegrationKey: key, SecretKey: secret}}
	c := clock.NewVirtual(start)
	user := func(us ...duobox.User) duobox.Options { return duobox.Options{Clock: c, Accounts: account, Users: us} }
	tests := map[string]duobox.Options{
		"no clock":            {Accounts: account},
		"no account":          {Clock: c},
		"no key":              {Clock: c, Accounts: []duobox.Account{{SecretKey: secret}}},
		"no secret":           {Clock: c, Accounts: []duobox.Account{{IntegrationKey: key}}},
		"a URL that is none":  {Clock: c, Accounts: account, PublicURL: "m.example.edu"},
		"another scheme":      {Clock: c, Accounts: account, PublicURL: "ftp://m.example.edu"},
		"no username":         user(duobox.User{}),
		"five aliases":        user(duobox.User{Username: "x", Aliases: []string{"1", "2", "3", "4", "5"}}),
		"a username twice":    user(duobox.User{Username: "x"}, duobox.User{Username: "X"}),
		"an alias taken":      user(duobox.User{Username: "x"}, duobox.User{Username: "y", Aliases: []string{"x"}}),
		"an id twice":         user(duobox.User{ID: "a", Username: "x"}, duobox.User{ID: "a", Username: "y"}),
		"a number twice":      user(duobox.User{Username: "x", Phones: []duobox.Phone{{Number: "+19195550101"}, {Number: "9195550101"}}}),
		"a number that is no": user(duobox.User{Username: "x", Phones: []duobox.Phone{{Number: "five"}}}),
		"no randomness":       {Clock: c, Accounts: account, Users: []duobox.User{{Username: "x"}}, Random: strings.NewReader("")},
	}
	for name, o := range tests {
		if _, err := duobox.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "5550101") {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, _ := newBox(t)
	if b.SetUserStatus("DUNONE", "active") == nil {
		t.Error("nobody's status was set")
	}
	shared := duobox.User{Username: "other", Phones: []duobox.Phone{{ID: phone}}}
	if err := b.AddUser(shared); err != nil || b.Users()[1].Phones[0].Number != "+19195550101" {
		t.Errorf("a shared phone: %v", err)
	}
}

// Without randomness there are no links and no codes, rather than bad ones.
func TestNoRandomness(t *testing.T) {
	b, _ := newBox(t, func(o *duobox.Options) { o.Random = strings.NewReader("") })
	for path, params := range map[string][]string{
		"/admin/v1/phones/DPDANA/activation_url":        nil,
		"/admin/v1/phones":                              nil,
		"/admin/v1/users/DUDANA/send_verification_push": {"phone_id", phone},
	} {
		if a := ask(t, b, start, "POST", path, params...); a.Code != 50001 {
			t.Errorf("%s: %s %d", path, a.Stat, a.Code)
		}
	}
	if p, _ := b.Phone(phone); !p.Activated {
		t.Error("the credentials are void without a new link")
	}
}

// Anybody may ask for the time.
func TestPing(t *testing.T) {
	b, c := newBox(t)
	c.Set(start.Add(time.Hour))
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/auth/v2/ping", nil))
	if want := fmt.Sprintf(`{"response":{"time":%d},"stat":"OK"}`, start.Add(time.Hour).Unix()); w.Body.String() != want {
		t.Errorf("%s, want %s", w.Body, want)
	}
}
