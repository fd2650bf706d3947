package console_test

import (
	"strings"
	"testing"
	"time"

	"ringback/ivr/desk/console"
)

// The wallboard tells the service level in words and as a bar, what it means, and
// that it cannot be told yet.
func TestWallServiceLevel(t *testing.T) {
	r := newRig(t, nil)
	r.floor.change(func(f *floor) {
		f.s.Lines[0].Today = console.Today{
			Offered: 13, Answered: 9, InTime: 8, Abandoned: 4, Short: 1, AverageWait: 17 * time.Second,
			Level: 8.0 / 12, Known: true, Within: 20 * time.Second, ShortIs: 5 * time.Second,
		}
	})
	a := r.as("alex").get("/desk/wall")
	words := strings.Join(strings.Fields(a.text("[data-line=university]")), " ")
	for _, want := range []string{"67 % answered within 20 s", "Asked for a person13", "Answered9, after 17 s on average", "Hung up before4, 1 within 5 s"} {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in %q", want, words)
		}
	}
	bar := a.doc.Find(`[data-line=university] svg[aria-label="Service level today: 67 percent"] rect`)
	if w, _ := bar.Attr("width"); w != "201" {
		t.Errorf("a bar of %q", w)
	}
	if got := a.text("[data-line=health] .level"); !strings.Contains(got, "Nobody yet") {
		t.Errorf("a line without callers: %q", got)
	}
}
