package duo

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Activation is what a person needs to get Duo Mobile working on a phone.
type Activation struct {
	ActivationURL   Link // opens Duo Mobile and activates it, once
	InstallationURL Link // leads to the app store
	Barcode         Link // of a QR code's picture: the same as ActivationURL; "" if Duo sent none
	ValidSecs       int  // from when Duo made it, which is before now
}

type wireActivation struct {
	ActivationURL   lenientString `json:"activation_url"`
	InstallationURL lenientString `json:"installation_url"`
	Barcode         lenientString `json:"activation_barcode"`
	ValidSecs       lenientInt    `json:"valid_secs"`
}

// ActivationURL makes an activation link for a phone that lives validSecs, 1 to
// 86400. Duo at once voids the link before it and the credentials that the phone
// has. A phone whose type or platform is Unknown is [ErrInvalid]. After
// [ErrUnclear] the former credentials may be void, and nobody has the new link.
func (c *Client) ActivationURL(ctx context.Context, phoneID string, validSecs int) (Activation, error) {
	if !validID(phoneID) || validSecs < 1 || validSecs > 86400 {
		return Activation{}, invalid(opActivationURL)
	}
	w, err := send[wireActivation](ctx, c, request{
		op: opActivationURL, method: http.MethodPost, path: "/admin/v1/phones/" + phoneID + "/activation_url",
		params: map[string]string{"install": "1", "valid_secs": strconv.Itoa(validSecs)},
	})
	if err != nil {
		return Activation{}, err
	}
	if !c.isActivation(string(w.ActivationURL)) || !isInstallation(string(w.InstallationURL)) {
		return Activation{}, &Error{Op: opActivationURL, Kind: ErrUnclear, Status: http.StatusOK}
	}
	a := Activation{
		ActivationURL: Link(w.ActivationURL), InstallationURL: Link(w.InstallationURL),
		Barcode: Link(w.Barcode), ValidSecs: int(w.ValidSecs),
	}
	if a.ValidSecs < 1 {
		a.ValidSecs = validSecs
	}
	return a, nil
}

// isActivation reports whether something is a link that may be handed out: a
// bearer token goes over https, but for a Duo in a box on this machine.
func (c *Client) isActivation(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == c.base.Scheme)
}

// isInstallation is less strict: Duo writes some of these with http.
func isInstallation(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}
