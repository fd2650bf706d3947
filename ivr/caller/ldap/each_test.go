package ldap_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringback/ivr/caller"
	"ringback/ivr/caller/directorytest"
)

// More people than fit into one answer are named all the same, and those who
// cannot be used are left out without a word about them.
func TestEachPages(t *testing.T) {
	const many = 1200
	var ldif strings.Builder
	for i := range many {
		ldif.WriteString(directorytest.Entry(fmt.Sprintf("u%d", i), values{"employeeNumber": {strconv.Itoa(2000000 + i)}, "cn": {"x"}, "sn": {"x"}}))
	}
	ldif.WriteString(directorytest.Entry("hash", values{"employeeNumber": {"3000001"}, "cn": {"Eve"}, "sn": {"x"}, "ringbackPinHash": {"24681357"}}))
	ldif.WriteString(directorytest.Entry("mark", values{"employeeNumber": {"3000002"}, "cn": {"Eve"}, "sn": {"x"}, "ringbackPrivileged": {"perhaps"}}))
	ldif.WriteString(directorytest.Entry("word", values{"employeeNumber": {"A-3000003"}, "cn": {"Eve"}, "sn": {"x"}}))
	ldif.WriteString(directorytest.Entry("none", values{"cn": {"Eve"}, "sn": {"x"}}))
	s := directorytest.StartSlapd(t, directorytest.NewAuthority(t).Issue(time.Hour, "127.0.0.1"), ldif.String())
	var log bytes.Buffer
	d, err := conf(s.URL()).Open(t.Context(), caller.Tools{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	seen := map[string]bool{}
	if err := d.Each(t.Context(), func(p caller.Person) error { seen[p.ID] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(seen) != many || !seen["2000000"] || !seen["2001199"] {
		t.Errorf("%d people, want %d", len(seen), many)
	}
	if n := strings.Count(log.String(), "directory entry left out"); n != 3 || strings.Contains(log.String(), "Eve") || strings.Contains(log.String(), "300000") {
		t.Errorf("%d left out, want 3; the log:\n%s", n, log.String())
	}
	calls, stop := 0, errors.New("stop")
	if err := d.Each(t.Context(), func(caller.Person) error { calls++; return stop }); !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, err = %v", calls, err)
	}
	s.Kill()
	if err := d.Each(t.Context(), func(caller.Person) error { return nil }); err == nil {
		t.Error("a server that is down named nobody, without an error")
	}
}
