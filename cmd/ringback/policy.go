package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
	"ringback/ivr"
)

// policyCmd are the commands about what is demanded of a caller.
type policyCmd struct {
	Explain explainCmd `cmd:"" help:"Which ways lead a person to a level, and why others do not. It sends nothing and changes nothing."`
}

// explainCmd explains the policy for one person.
type explainCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The configuration file."`
	ID     string `required:"" name:"id" help:"The person's unique ID."`
	Level  string `default:"links" enum:"links,number" help:"links or number."`
	Line   string `help:"The line that is called. The first one if left out."`
}

// Run prints the explanation. 1 is a person whom no way leads there.
func (c *explainCmd) Run(ctx context.Context, s streams) error {
	conf, err := config.Load(c.Config, os.LookupEnv, app.CheckDirectory, app.CheckWords)
	if err != nil {
		return misuse(fmt.Errorf("%w\nhint: ringback check --config %s", err, c.Config))
	}
	level, err := ivr.ParseLevel(c.Level)
	if err != nil {
		return misuse(err)
	}
	x, err := app.Explain(ctx, app.Options{Config: conf}, c.ID, c.Line, level)
	if errors.Is(err, app.ErrNobody) {
		return misuse(fmt.Errorf("%w\nhint: callers with an unknown ID hear what everybody hears, and reach a person", err))
	}
	if err != nil {
		return misuse(err)
	}
	if !printExplanation(s.out, x, c.Level) {
		return &exitError{1, fmt.Errorf("no way leads to %s: a person has to help", c.Level)}
	}
	return nil
}

// printExplanation prints ways first, then what does not lead there; it reports
// whether there is a way.
func printExplanation(w io.Writer, x app.Explanation, level string) (found bool) {
	fmt.Fprintf(w, "Line %s, level %s. In the audit the person is %s.\n", x.Line, level, x.Subject)
	if x.Facts.Frozen {
		fmt.Fprintln(w, "Phone recovery for this person is stopped.")
	}
	if x.Facts.Privileged {
		fmt.Fprintln(w, "The person is privileged: nothing by phone.")
	}
	if x.Facts.Threat {
		fmt.Fprintln(w, "The threat is elevated: a recovery code or a Duo push is needed as well, and numbers are changed in person only.")
	}
	for _, n := range x.Notes {
		fmt.Fprintln(w, "Note: "+n+".")
	}
	fmt.Fprintln(w, "\nThese ways lead there:")
	for _, way := range x.Ways {
		if way.Leads {
			found = true
			fmt.Fprintln(w, "  "+way.String())
		}
	}
	if !found {
		fmt.Fprintln(w, "  none")
	}
	fmt.Fprintln(w, "\nThese do not:")
	for _, way := range x.Ways {
		if !way.Leads {
			fmt.Fprintf(w, "  %s: %s\n", way, whyNot(way.Why, level == "number" && x.Facts.Threat))
		}
	}
	if len(x.Lacks) > 0 {
		fmt.Fprintln(w, "\nNot enrolled:")
	}
	for _, l := range x.Lacks {
		fmt.Fprintln(w, "  "+l)
	}
	return found
}

// whyNot words the reasons of [ivr.Whys], for operators; inPerson is that nothing
// by phone would do.
func whyNot(why string, inPerson bool) string {
	if inPerson && why == "strict" {
		return "numbers are changed in person only"
	}
	words := map[string]string{
		"nothing_proven": "nothing is proven", "lapsed": "it is too old", "one_method": "it is one method, or the wrong two",
		"sim_changed": "the SIM of that phone was changed lately", "young_number": "that number is too new on file",
		"frozen": "phone recovery is stopped", "privileged": "nothing by phone for a privileged person",
		"in_person": "numbers are changed in person only", "not_counted": "it holds something that does not count for the person",
		"strict": "a recovery code or a Duo push is needed as well", "account_unread": "Duo has not been asked",
		"no_phone": "links may go to none of the phones on file",
	}
	if w := words[why]; w != "" {
		return w
	}
	return why
}

// demandedBy names the part of the config that demands something.
func demandedBy(d config.Demand) string {
	if d.Group == "" {
		return d.Path
	}
	return d.Path + " (" + d.Group + ")"
}
