package duobox_test

import (
	"encoding/base64"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ringback/ivr/clock"
	"ringback/ivr/duo/duobox"
)

// The signatures are those of Duo's own clients: the headers of its HMAC package's
// tests, and what its Python client computes.
func TestVectors(t *testing.T) {
	const (
		hmacKey, hmacSecret = "DIABCDEFGHIJKLMNOPQR", "testtesttesttesttesttesttesttesttesttest"
		pyKey, pySecret     = "DIWJ8X6AEYOR5OMC6TQ1", "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"
		hmacDate, pyDate    = "Fri, 24 May 2024 12:00:00 -0000", "Tue, 21 Aug 2012 17:29:18 -0000"
		jsonType, formType  = "application/json", "application/x-www-form-urlencoded"
	)
	duoHeaders := []string{"X-Duo-Foo", "bar", "X-Duo-Bar", "foo", "Non-Duo-Bar", "duo"}
	tests := []struct {
		name, key, secret, date, dateHeader string
		method, url, contentType, body      string
		headers                             []string
		signature                           string
	}{
		{
			"v5 GET", hmacKey, hmacSecret, hmacDate, "X-Duo-Date", "GET", "http://api-xxxxxxxx.duosecurity.com/api/path", "", "", nil,
			decoded(t, "YzQ1NDYzOWQ3NWI0ZTNkOTliOGIxZDVlNDFjZDdiYjJkMmQ4YmE1NWY2ODExZjc4NmRmYjBlZGQ0ZmFjZDJmM2E1ZTZkNmM4MzdmMzFmNjgyNjcwNjMyNWI0ZWQ3ZGNkYzVmMTExNjQ5NDhlNTdhNzAzMmE1MjQ5OTBlMDE1ODM="),
		},
		{
			"v5 POST of nothing", hmacKey, hmacSecret, hmacDate, "X-Duo-Date", "POST", "http://api-xxxxxxxx.duosecurity.com/api/path", jsonType, "{}", nil,
			decoded(t, "MTJhMDVkNzgzYjJlNThlMzZmMzdkZjhhNjkwNzgzNTQ5NmZiZTIwZmIzZDA0YjE1MDM2YzgyYjE2OTRmYzU4ZDFjMDQ1MWI5MzdmYjliYTZlN2MyYjQ0ZDg5YjQ3M2FmNzA4MTY2MTgzZDIxNmFlYTEzZTUyNzQyYTU3ZjIzOWY="),
		},
		{
			"v5 GET with a query", hmacKey, hmacSecret, hmacDate, "X-Duo-Date", "GET", "http://api-xxxxxxxx.duosecurity.com/api/path?foo=bar", "", "", nil,
			decoded(t, "ODhmZTgwZjNiMjQyYjk5MmY0YjMwMTQwOGQ1MjRhODg2Mjc0ZDNlZDBjNGM3YmQxODRlMWI0ZmYzNzhlNjhlYTA1ZDk0MzNjMDk5MzgwNzhjNDk1MTdhNmM0MjY0Yzk1MGJlOWZmNWNjMjhhZDJkNDQ4Y2VhMjRiYzkzODg3Y2E="),
		},
		{
			"v5 GET with headers, query unsorted", hmacKey, hmacSecret, hmacDate, "X-Duo-Date", "GET",
			"http://api-xxxxxxxx.duosecurity.com/api/path?foo=bar&one=1&bool=true", "", "", duoHeaders,
			decoded(t, "ZDQ2NTU2NzI2ODAwNDE1ZGM3OGNlZmMzZmI0ZTExZGNmM2VlMTM0MjkwNGYyNzZlZDVjOGUzNDI3ODc4YmQ1Mzc2ZWE2YzU1NTFiOTBiZjcwN2ZhYjUzZjZmMWQyMGExMTQ4OTg4OTg3MDVkMjgyNjg4MjRlZGQwYmU1ZjFkNTM="),
		},
		{
			"v5 POST with headers", hmacKey, hmacSecret, hmacDate, "X-Duo-Date", "POST", "http://api-xxxxxxxx.duosecurity.com/api/path",
			jsonType, `{"bool":"true","foo":"bar","one":"1"}`, duoHeaders,
			decoded(t, "ZGVmN2I3MzU5YjAzOTk1NDNiNjFkM2QxYTQyNTJjMTkwOGViNDg2MDM5MTY4YWE3ZDFjOTM1NDVmMDUyZTEyMTA2MmU0ZDBkM2NhZTgwZjBmMTI1ZGM0OTdjNDNjNTNiNjJjOWRiNThjYWNkMjEzOTRhM2IxN2FkOTcyZTM3OTM="),
		},
		{
			"v5 GET, Date header", pyKey, pySecret, pyDate, "Date", "GET", "http://api-XXXXXXXX.duosecurity.com/admin/v1/users?username=jsmith", "", "", nil,
			"a3902522d5fa8c5eb9aaec8731123aa1428df3536b20e0afd68644df0a100608dbec8853a5851362f0c0de2d865ac50ec04972c7677cda45bf2ecec7eb061909",
		},
		{
			"v2 SHA-1", pyKey, pySecret, pyDate, "Date", "POST", "http://api-XXXXXXXX.duosecurity.com/accounts/v1/account/list",
			formType, "username=root&realname=First+Last", nil, "2d97d6166319781b5a3a07af39d366f491234edc",
		},
		{
			"v2 SHA-512", pyKey, pySecret, pyDate, "Date", "POST", "http://api-XXXXXXXX.duosecurity.com/accounts/v1/account/list",
			formType, "username=root&realname=First%20Last", nil,
			"1bffb8924348f7db7da9e7d7d749ded93aafd02d8e904960da7b96c57510220185a64a2827ee8f24ac5d30802a9ee97e59de44b304b18242f0d596d15a8122af",
		},
	}
	for _, tc := range tests {
		at, err := time.Parse(time.RFC1123Z, tc.date)
		if err != nil {
			t.Fatal(err)
		}
		// check sends the vector, changed in one way.
		check := func(body, signature, secret string, headers ...string) int {
			b, err := duobox.New(duobox.Options{Clock: clock.NewVirtual(at), Accounts: []duobox.Account{{IntegrationKey: tc.key, SecretKey: secret}}})
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(tc.method, tc.url, strings.NewReader(body))
			r.Header.Set(tc.dateHeader, tc.date)
			if tc.contentType != "" {
				r.Header.Set("Content-Type", tc.contentType)
			}
			for i := 0; i < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(tc.key+":"+signature)))
			return b.Authenticate(r, body)
		}
		t.Run(tc.name, func(t *testing.T) {
			if code := check(tc.body, tc.signature, tc.secret, tc.headers...); code != 0 {
				t.Errorf("refused with %d", code)
			}
			for name, code := range map[string]int{
				"another secret":       check(tc.body, tc.signature, tc.secret+"x", tc.headers...),
				"another body":         check(tc.body+"&a=b", tc.signature, tc.secret, tc.headers...),
				"a shorter signature":  check(tc.body, tc.signature[2:], tc.secret, tc.headers...),
				"another signature":    check(tc.body, strings.Repeat("0", len(tc.signature)), tc.secret, tc.headers...),
				"an upper-case letter": check(tc.body, strings.ToUpper(tc.signature), tc.secret, tc.headers...),
			} {
				if code != 40103 {
					t.Errorf("%s: code %d, want 40103", name, code)
				}
			}
			if len(tc.headers) > 0 {
				if code := check(tc.body, tc.signature, tc.secret, tc.headers[2:]...); code != 40103 {
					t.Errorf("a header less: code %d, want 40103", code)
				}
			}
		})
	}
}

func decoded(t *testing.T, s string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Each way to be wrong has its code.
func TestWhoAsks(t *testing.T) {
	const body = `{"phone_id":"DPDANA"}`
	basic := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	tests := []struct {
		name   string
		change func(h func(k, v string))
		at     time.Time
		code   int
	}{
		{"right", func(func(k, v string)) {}, start, 0},
		{"no credentials", func(h func(k, v string)) { h("Authorization", "") }, start, 40101},
		{"another scheme", func(h func(k, v string)) { h("Authorization", "Bearer x") }, start, 40101},
		{"no base64", func(h func(k, v string)) { h("Authorization", "Basic !") }, start, 40101},
		{"no signature", func(h func(k, v string)) { h("Authorization", basic(key+":")) }, start, 40101},
		{"no colon", func(h func(k, v string)) { h("Authorization", basic(key)) }, start, 40101},
		{"no date", func(h func(k, v string)) { h("Date", "") }, start, 40104},
		{"a date that is none", func(h func(k, v string)) { h("Date", "yesterday") }, start, 40105},
		{"a date in another zone", func(h func(k, v string)) { h("Date", "Tue, 24 Nov 2026 15:00:00 -0500") }, start, 40105},
		{"another date, not signed", func(h func(k, v string)) { h("Date", "Tue, 24 Nov 2026 15:00:01 -0000") }, start, 40103},
		{"five minutes old", func(func(k, v string)) {}, start.Add(-300 * time.Second), 0},
		{"older", func(func(k, v string)) {}, start.Add(-301 * time.Second), 40105},
		{"five minutes ahead", func(func(k, v string)) {}, start.Add(300 * time.Second), 0},
		{"further ahead", func(func(k, v string)) {}, start.Add(301 * time.Second), 40105},
		{"another integration", func(h func(k, v string)) { h("Authorization", basic("DIOTHER:"+strings.Repeat("0", 128))) }, start, 40102},
		{"a form that is JSON", func(h func(k, v string)) { h("Content-Type", "application/x-www-form-urlencoded") }, start, 40103},
		{"no content type", func(h func(k, v string)) { h("Content-Type", "") }, start, 40103},
		{"a Duo header, not signed", func(h func(k, v string)) { h("X-Duo-Extra", "1") }, start, 40103},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			b, _ := newBox(t)
			r := httptest.NewRequest("POST", "http://BOX/admin/v1/users/DUDANA/phones", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			sign(r, tc.at, "", body)
			tc.change(func(k, v string) {
				r.Header.Del(k)
				if v != "" {
					r.Header.Set(k, v)
				}
			})
			if code := b.Authenticate(r, body); code != tc.code {
				t.Errorf("code %d, want %d", code, tc.code)
			}
		})
	}
}
