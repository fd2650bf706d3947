package notice_test

import (
	"context"
	"testing"

	"ringback/ivr/ledger"
	"ringback/ivr/notice"
)

func TestTicketNeedsEverything(t *testing.T) {
	good := notice.Ticket{Key: "callback/1", About: "n1", To: "desk@example.edu", Subject: "s", Text: "t"}
	play(t, nil, func(_ context.Context, r *rig) {
		n, err := r.Ticket(good)
		if err != nil || n.Event != "ticket/callback/1" || n.Subject != "n1" || n.Channel != ledger.ByMail || len(n.Sealed) == 0 {
			t.Fatalf("%+v, %v", n, err)
		}
		for name, spoil := range map[string]func(*notice.Ticket){
			"no key":     func(k *notice.Ticket) { k.Key = "" },
			"nobody":     func(k *notice.Ticket) { k.About = "" },
			"no address": func(k *notice.Ticket) { k.To = "" },
			"no subject": func(k *notice.Ticket) { k.Subject = "" },
			"no text":    func(k *notice.Ticket) { k.Text = "" },
		} {
			k := good
			spoil(&k)
			if _, err := r.Ticket(k); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	})
}
