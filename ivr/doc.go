// Package ivr is the dialogue: what a caller hears, what each key does, and what
// has to be true before anything happens.
//
// It is one pure function. [Dialogue.Next] takes a [Call] and an [Event] and
// returns the call afterwards and a [Turn]: what to say, which keys to await,
// where to go, and which [Effect]s to start. It does no I/O and knows neither
// clock nor dice (every event brings its time and its seed), so a whole call can
// be replayed, tested as a table and checked by a random walk.
//
// Read it in this order: dialogue.go (how events are dealt out), answer.go,
// identify.go, verify.go, links.go, watch.go, trouble.go, queue.go (the steps as a
// caller meets them), policy.go (what counts as proof). The words are not here:
// a [Message] is an id with arguments, and package words turns it into speech.
//
// Security rests on four rules that the tests hold: until there is a verdict no
// word and no number of turns depends on whether the keyed ID exists; personal
// facts and caller ID never prove anything; a links effect is only ever started
// by [talk.makeLinks], which asks [Evaluate] at that moment; and an effect that
// did not answer counts as failed.
package ivr
