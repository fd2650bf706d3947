package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"ringback/cmd/internal/app"
	"ringback/ivr"
)

// floors are what no policy can lower, by level.
func floors(l ivr.Level) string {
	if l == ivr.LevelNumber {
		return "two of emailed_code, recovery_code and duo_push, on a device that is no phone on file"
	}
	return "two factors of two methods, not all of the phone that the links go to"
}

// printExplanation prints what holds, the ways, and what does not lead there.
func printExplanation(w io.Writer, x app.Explanation) {
	fmt.Fprintf(w, "Line %s, level %s. In the audit the person is %s.\n", x.Line, x.Level, x.Subject)
	fmt.Fprintf(w, "\nDemanded: %s.\n", floors(x.Level))
	for _, d := range x.Demands {
		fmt.Fprintf(w, "  %s: %s\n", demandedBy(d), d)
	}
	standing(w, x)
	fmt.Fprintln(w, "\nThese ways lead there:")
	found := false
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
			fmt.Fprintf(w, "  %s: %s\n", way, whyNot(way.Why))
		}
	}
	if len(x.Lacks) > 0 {
		fmt.Fprintln(w, "\nNot to be had:")
	}
	for _, l := range x.Lacks {
		fmt.Fprintln(w, "  "+l)
	}
}

// standing is how the person stands, whatever they show.
func standing(w io.Writer, x app.Explanation) {
	if x.Facts.Threat {
		fmt.Fprintf(w, "  elevated threat, until %s: links need a recovery code or a Duo push; a number is changed in person only\n", x.Threat.UTC().Format(time.DateTime+" UTC"))
	}
	if x.Facts.Privileged {
		fmt.Fprintln(w, "  The person is privileged: nothing by phone.")
	}
	if x.Facts.Frozen {
		fmt.Fprintln(w, "  Phone recovery for this person is stopped, until a lead starts it again.")
	}
	for _, p := range x.Facts.Phones {
		fmt.Fprintf(w, "Phone ending in %s: %s.\n", p.Last2(), phoneStands(p))
	}
	if x.Level == ivr.LevelLinks {
		d := x.Links
		fmt.Fprintf(w, "Links on %s: %d of %d sets used", d.Day, d.Used, d.Limit+d.ByLead)
		if d.ByLead > 0 {
			fmt.Fprintf(w, ", %d of them allowed by a lead", d.ByLead)
		}
		fmt.Fprintf(w, "; %d left.\n", d.Left())
	}
	for _, n := range x.Notes {
		fmt.Fprintln(w, "Note: "+n+".")
	}
}

func phoneStands(p ivr.Phone) string {
	since := "never seen before"
	if p.Since != 0 {
		since = "on file since " + time.Unix(p.Since, 0).UTC().Format(time.DateOnly)
	}
	if !p.Usable {
		return since + ", not one that Duo can send a link to"
	}
	sim := map[ivr.SIM]string{ivr.SIMUnknown: "unknown", ivr.SIMSame: "not changed lately", ivr.SIMChanged: "changed lately"}
	return since + ", SIM " + sim[p.SIM]
}

// whyNot words the reasons of [ivr.Way], for operators.
func whyNot(why string) string {
	words := map[string]string{
		"nothing_proven": "nothing is proven", "lapsed": "it is too old", "one_method": "it is one method, or the wrong two",
		"sim_changed": "the SIM of that phone was changed lately", "young_number": "that number is too new on file",
		"frozen": "phone recovery is stopped", "privileged": "nothing by phone for a privileged person",
		"in_person": "numbers are changed on an identity check only", "not_counted": "it holds something that does not count for the person",
		"strict": "a recovery code or a Duo push is needed as well", "account_unread": "Duo has not been asked",
		"no_phone": "links may go to none of the phones on file", "one_send": "the second would not be sent: nothing else is proven",
	}
	if w := words[why]; w != "" {
		return w
	}
	return why
}

// explained is an explanation for programs.
type explained struct {
	Line       string            `json:"line"`
	Level      string            `json:"level"`
	Subject    string            `json:"subject"`
	Found      bool              `json:"found"`
	Privileged bool              `json:"privileged"`
	Frozen     bool              `json:"frozen"`
	Threat     *time.Time        `json:"threat_until"` // null: not elevated
	Demands    []explainedDemand `json:"demands"`
	Phones     []explainedPhone  `json:"phones"`
	Links      explainedLinks    `json:"links"`
	Ways       []explainedWay    `json:"ways"`
	Lacks      []string          `json:"lacks"`
	Notes      []string          `json:"notes"`
}

type explainedDemand struct {
	By    string `json:"by"` // the key
	Group string `json:"group,omitempty"`
	Says  string `json:"says"`
}

type explainedPhone struct {
	EndsIn string `json:"ends_in"`
	Since  string `json:"since"` // a day; "" is never seen
	InDuo  bool   `json:"in_duo"`
	SIM    string `json:"sim"`
}

type explainedLinks struct {
	Day    string `json:"day"`
	Used   int    `json:"used"`
	Limit  int    `json:"limit"`
	ByLead int    `json:"by_lead"`
	Left   int    `json:"left"`
}

type explainedWay struct {
	Evidence []string `json:"evidence"`
	Leads    bool     `json:"leads"`
	Why      string   `json:"why,omitempty"`
}

// printExplanationJSON prints one object. Lists are never null.
func printExplanationJSON(w io.Writer, x app.Explanation) error {
	d := x.Links
	out := explained{
		Line: x.Line, Level: x.Level.String(), Subject: x.Subject, Found: x.Found(), Privileged: x.Facts.Privileged, Frozen: x.Facts.Frozen,
		Links:   explainedLinks{Day: d.Day, Used: d.Used, Limit: d.Limit, ByLead: d.ByLead, Left: d.Left()},
		Demands: []explainedDemand{}, Phones: []explainedPhone{}, Ways: []explainedWay{},
		Lacks: append([]string{}, x.Lacks...), Notes: append([]string{}, x.Notes...),
	}
	if x.Facts.Threat {
		until := x.Threat.UTC()
		out.Threat = &until
	}
	for _, d := range x.Demands {
		out.Demands = append(out.Demands, explainedDemand{By: d.Path, Group: d.Group, Says: d.String()})
	}
	for _, p := range x.Facts.Phones {
		one := explainedPhone{EndsIn: p.Last2(), InDuo: p.Usable, SIM: p.SIM.String()}
		if p.Since != 0 {
			one.Since = time.Unix(p.Since, 0).UTC().Format(time.DateOnly)
		}
		out.Phones = append(out.Phones, one)
	}
	for _, way := range x.Ways {
		one := explainedWay{Leads: way.Leads, Why: way.Why}
		for _, e := range way.Evidence {
			one.Evidence = append(one.Evidence, e.String())
		}
		out.Ways = append(out.Ways, one)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
