package carrier

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func FuzzOverrides(f *testing.F) {
	for _, s := range []string{"https://example.com/#rc=2&rp=ct,rt,5xx&rt=5000", "#tt=1", "#rc=-1&rc=6", "x#&&=&rp="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o := overridesOf(s)
		if o.retries < 0 || o.retries > 5 || len(o.policy) == 0 {
			t.Errorf("%+v", o)
		}
		for _, d := range []time.Duration{o.read, o.total} {
			if d < 100*time.Millisecond || d > 15*time.Second {
				t.Errorf("%+v", o)
			}
		}
	})
}

func FuzzSortQuery(f *testing.F) {
	for _, s := range []string{"b=2&a=1", "a=2&a=1", "a=%27&A", "&&=", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := sortQuery(s)
		if sortQuery(got) != got {
			t.Errorf("sorting %q again changes it", got)
		}
		a, b := strings.Split(s, "&"), strings.Split(got, "&")
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%q became %q", s, got)
		}
		v, err1 := url.ParseQuery(s)
		w, err2 := url.ParseQuery(got)
		if (err1 == nil) != (err2 == nil) || v.Encode() != w.Encode() && err1 == nil {
			t.Errorf("%q means something else than %q", got, s)
		}
	})
}

func FuzzResolve(f *testing.F) {
	f.Add("https://example.com/a/b?x=1", "../c#rc=1")
	f.Add("", "/relative")
	f.Add("http://h", "//other/x")
	f.Fuzz(func(t *testing.T, base, ref string) {
		got, err := resolve(base, ref)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
			t.Errorf("resolved to %q, %v", got, err)
		}
	})
}
