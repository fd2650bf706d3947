package twilio

import (
	"context"
	"net/http"
	"net/url"

	api "github.com/twilio/twilio-go/rest/api/v2010"
)

// FindConference is the SID of the conference of that name that is going on, or
// about to; ok is false when there is none. Names are per account, and may be used
// again: the newest are looked at.
func (c *Client) FindConference(ctx context.Context, name string) (sid string, ok bool, err error) {
	p := (&api.ListConferenceParams{}).SetFriendlyName(name).SetLimit(5)
	list, err := call(ctx, c, "find_conference", false, func(a *api.ApiService) ([]api.ApiV2010Conference, error) { return a.ListConference(p) })
	if err != nil {
		return "", false, err
	}
	for i := range list {
		if str(list[i].Sid) != "" && str(list[i].Status) != "completed" {
			return str(list[i].Sid), true, nil
		}
	}
	return "", false, nil
}

// ParticipantUpdate is what to change of somebody in a conference; nil leaves it.
type ParticipantUpdate struct {
	Hold    *bool
	HoldURL string // of what is heard on hold, asked by POST; "" is Twilio's music
	// EndConferenceOnExit of somebody on hold cannot be changed: Twilio says that it
	// was, and ignores it.
	EndConferenceOnExit *bool
	AnnounceURL         string // of what this one alone hears, asked by POST; "" is nothing
}

// UpdateParticipant changes how the leg with that call SID is in a conference. One
// that is not there, or a conference that is over, is [ErrGone]. It may be done
// again.
func (c *Client) UpdateParticipant(ctx context.Context, conferenceSID, callSID string, u ParticipantUpdate) error {
	p := &api.UpdateParticipantParams{}
	if u.Hold != nil {
		if p.SetHold(*u.Hold); *u.Hold && u.HoldURL != "" {
			p.SetHoldUrl(u.HoldURL).SetHoldMethod(http.MethodPost)
		}
	}
	if u.EndConferenceOnExit != nil {
		p.SetEndConferenceOnExit(*u.EndConferenceOnExit)
	}
	if u.AnnounceURL != "" {
		p.SetAnnounceUrl(u.AnnounceURL).SetAnnounceMethod(http.MethodPost)
	}
	_, err := call(ctx, c, "update_participant", true, func(a *api.ApiService) (struct{}, error) {
		_, err := a.UpdateParticipant(url.PathEscape(conferenceSID), url.PathEscape(callSID), p)
		return struct{}{}, err
	})
	return err
}

// Participants are the call SIDs of those in a conference, of the first fifty.
func (c *Client) Participants(ctx context.Context, conferenceSID string) ([]string, error) {
	p := (&api.ListParticipantParams{}).SetLimit(50)
	list, err := call(ctx, c, "list_participants", false, func(a *api.ApiService) ([]api.ApiV2010Participant, error) {
		return a.ListParticipant(url.PathEscape(conferenceSID), p)
	})
	if err != nil {
		return nil, err
	}
	sids := make([]string, 0, len(list))
	for i := range list {
		sids = append(sids, str(list[i].CallSid))
	}
	return sids, nil
}
