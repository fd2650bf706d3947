package duo_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/duo"
)

func TestPushPhones(t *testing.T) {
	at := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	push := []string{"auto", "push", "sms"}
	phones := []duo.Phone{
		{ID: "DPNEVER2", Activated: true, Capabilities: push},
		{ID: "DPOLD", Activated: true, Capabilities: push, LastSeen: at.Add(-time.Hour)},
		{ID: "DPOFF", Capabilities: push, LastSeen: at}, // "push" stands there before it is activated
		{ID: "DPDESK", Activated: true, Capabilities: []string{"phone"}, LastSeen: at},
		{ID: "DPNEW", Activated: true, Capabilities: push, LastSeen: at},
		{ID: "DPNEVER1", Activated: true, Capabilities: push},
	}
	for _, tt := range []struct {
		except []string
		want   []string
	}{
		{nil, []string{"DPNEW", "DPOLD", "DPNEVER1", "DPNEVER2"}},
		{[]string{"DPNEW"}, []string{"DPOLD", "DPNEVER1", "DPNEVER2"}},
		{[]string{"DPNEW", "DPOLD", "DPNEVER1", "DPNEVER2"}, nil},
	} {
		var got []string
		for _, p := range duo.PushPhones(phones, tt.except...) {
			got = append(got, p.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("but %v (-want +got):\n%s", tt.except, diff)
		}
	}
	if phones[0].ID != "DPNEVER2" {
		t.Error("the list that was given was sorted")
	}
}
