package console

// Routes are all routes, as "METHOD /path".
func Routes() (all []string) {
	for _, r := range routes() {
		all = append(all, r.method+" "+r.path)
	}
	return all
}

// The words of number changes.
var (
	RefusalWords = refusalWords
	StateWords   = stateWords
	StageWords   = stageWords
)
