package console

import (
	"net/http"
	"strings"
)

// The paths that code names.
const (
	pathHome      = "/desk"
	pathSignIn    = "/desk/sign-in"
	pathCallback  = "/desk/sign-in/callback"
	pathStepUp    = "/desk/step-up"
	pathCalls     = "/desk/calls"
	pathWall      = "/desk/wall"
	pathLeads     = "/desk/leads"
	pathAudit     = "/desk/leads/audit"
	pathSessions  = "/desk/leads/sessions"
	pathKeys      = "/desk/keys"
	pathChanges   = "/desk/changes"
	pathApprovals = "/desk/approvals"
)

// route is one route and who may use it.
type route struct {
	method, path string
	name         string // in metrics
	need         Role   // RoleNone: everybody, signed in or not
	handler      func(*Console, *exchange) error
	// page is a page that one may be sent back to after signing in.
	page bool
	// quiet requests are made by the page itself: they do not keep a session
	// open, and are not redirected to the sign-in page.
	quiet bool
}

// routes is every route of the console. What is not here does not exist; what
// needs no role here is public.
func routes() []route {
	get, post := http.MethodGet, http.MethodPost
	var tools []route
	for _, t := range AllTools() {
		tools = append(tools, route{method: post, path: "/desk/calls/tools/" + t.String(), name: "tool_" + t.String(), need: t.need(), handler: useTool(t)})
	}
	return append(tools, []route{
		{method: get, path: "/desk/assets/desk.css", name: "asset", handler: asset("desk.css", "text/css; charset=utf-8")},
		{method: get, path: "/desk/assets/desk.js", name: "asset", handler: asset("desk.js", "text/javascript; charset=utf-8")},

		{method: get, path: pathSignIn, name: "sign_in", handler: (*Console).signInPage},
		{method: post, path: pathSignIn, name: "sign_in", handler: (*Console).signInLocal},
		{method: post, path: "/desk/sign-in/oidc", name: "sign_in", handler: (*Console).signInOIDC},
		{method: get, path: pathCallback, name: "callback", handler: (*Console).callback},
		{method: post, path: "/desk/sign-out", name: "sign_out", need: RoleAgent, handler: (*Console).signOut},
		{method: get, path: pathStepUp, name: "step_up", need: RoleAgent, handler: (*Console).stepUpPage, page: true},
		{method: post, path: pathStepUp, name: "step_up", need: RoleAgent, handler: (*Console).stepUp},

		{method: get, path: pathHome, name: "home", need: RoleAgent, handler: (*Console).home, page: true},
		{method: get, path: pathCalls, name: "calls", need: RoleAgent, handler: (*Console).callsPage, page: true},
		{method: post, path: "/desk/calls/presence", name: "presence", need: RoleAgent, handler: (*Console).setPresence},
		{method: post, path: "/desk/calls/deed", name: "deed", need: RoleAgent, handler: (*Console).doTalk},
		{method: post, path: "/desk/calls/note", name: "note", need: RoleAgent, handler: (*Console).note},
		{method: get, path: pathWall, name: "wall", need: RoleAgent, handler: (*Console).wallPage, page: true},
		{method: get, path: pathKeys, name: "keys", need: RoleAgent, handler: (*Console).keysPage, page: true},
		{method: get, path: "/desk/events", name: "events", need: RoleAgent, handler: (*Console).events, quiet: true},

		{method: get, path: pathChanges, name: "changes", need: RoleAgent, handler: (*Console).changesPage, page: true},
		{method: post, path: pathChanges, name: "open_change", need: RoleAgent, handler: (*Console).openChange},
		{method: get, path: pathChanges + "/:id", name: "change", need: RoleAgent, handler: (*Console).changePage, page: true},
		{method: post, path: pathChanges + "/:id/:act", name: "act_change", need: RoleAgent, handler: (*Console).actChange},
		{method: post, path: pathChanges + "/cases", name: "open_case", need: RoleLead, handler: (*Console).openCase},
		{method: get, path: pathApprovals, name: "approvals", need: RoleAgent, handler: (*Console).approvalsPage, page: true},

		{method: get, path: pathLeads, name: "leads", need: RoleLead, handler: (*Console).leadsPage, page: true},
		{method: post, path: "/desk/leads/threat", name: "threat", need: RoleLead, handler: (*Console).setThreat},
		{method: post, path: "/desk/leads/closures", name: "close_desk", need: RoleLead, handler: (*Console).closeDesk},
		{method: post, path: "/desk/leads/closures/lift", name: "open_desk", need: RoleLead, handler: (*Console).openDesk},
		{method: post, path: "/desk/leads/callbacks/cancel", name: "cancel_callback", need: RoleLead, handler: (*Console).cancelCallback},
		{method: post, path: "/desk/leads/freezes/lift", name: "unfreeze", need: RoleLead, handler: (*Console).unfreeze},
		{method: post, path: "/desk/leads/locks/lift", name: "unlock", need: RoleLead, handler: (*Console).unlock},
		{method: get, path: pathAudit, name: "audit", need: RoleLead, handler: (*Console).auditPage, page: true},
		{method: post, path: pathAudit, name: "audit", need: RoleLead, handler: (*Console).auditSearch},
		{method: get, path: pathSessions, name: "sessions", need: RoleLead, handler: (*Console).sessionsPage, page: true},
		{method: post, path: "/desk/leads/sessions/end", name: "end_session", need: RoleLead, handler: (*Console).endSession},
	}...)
}

// returnTo is where to go after signing in: one of our pages, whatever was asked
// for, so that nobody is led elsewhere.
func returnTo(asked string) string {
	for _, r := range routes() {
		if r.page && r.path == asked && !strings.Contains(asked, ":") {
			return r.path
		}
	}
	if id, ok := strings.CutPrefix(asked, pathChanges+"/"); ok && changeID().MatchString(id) {
		return asked
	}
	return pathHome
}
