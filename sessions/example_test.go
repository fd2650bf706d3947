package sessions_test

import (
	"context"
	"fmt"

	"ringback/sessions"
)

func ExampleStore_Update() {
	ctx := context.Background()
	s, err := sessions.Open(ctx, sessions.Options{URL: "embedded"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()
	said := func(text string) func([]byte, sessions.Outcome) (sessions.Change, error) {
		return func([]byte, sessions.Outcome) (sessions.Change, error) {
			return sessions.Change{Body: []byte(text)}, nil
		}
	}
	for _, step := range []struct {
		guard sessions.Guard
		text  string
	}{
		{sessions.Create(), "welcome"},
		{sessions.Turn(1), "key in your ID"},
		{sessions.Turn(1), "a retry of the carrier"},
		{sessions.Turn(0), "an old one"},
	} {
		rec, out, err := s.Update(ctx, "CA1", step.guard, said(step.text))
		fmt.Println(out, rec.Turn, string(rec.Body), err)
	}
	// Output:
	// applied 1 welcome <nil>
	// applied 2 key in your ID <nil>
	// repeat 2 key in your ID <nil>
	// stale 2 key in your ID <nil>
}
