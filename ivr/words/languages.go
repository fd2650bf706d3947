package words

import (
	"fmt"
	"strings"
	"time"
)

// spokenLanguage is a language that there is a catalogue in: <base>.yaml.
type spokenLanguage struct {
	base   string
	voice  string                 // a voice of the carrier's that speaks it and knows SSML
	moment func(time.Time) string // an opening, such as "Monday at 8 AM"
	clock  func(time.Time) string // a time of the day, such as "8 AM"
}

// spokenLanguages are all there are; the first stands in for what is missing.
func spokenLanguages() []spokenLanguage {
	return []spokenLanguage{languageOf("en"), languageOf("es")}
}

// languageOf is the language of a BCP 47 tag, or English.
func languageOf(tag string) spokenLanguage {
	if base(tag) == "es" {
		return spokenLanguage{"es", "Polly.Lupe", spanishMoment, spanishClock}
	}
	return spokenLanguage{"en", "Polly.Joanna", englishMoment, englishClock}
}

// Speaks reports whether there is a catalogue in a language (BCP 47).
func Speaks(tag string) bool { return languageOf(tag).base == base(tag) }

// Same reports whether two tags are of one language, whatever the region.
func Same(a, b string) bool { return base(a) == base(b) }

// Voice is a voice that speaks a language: one of Amazon Polly's, by Twilio's name.
func Voice(tag string) string { return languageOf(tag).voice }

// base is a tag's language, without region and script.
func base(tag string) string {
	lang, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(lang)
}

func englishMoment(at time.Time) string { return at.Format("Monday at ") + englishClock(at) }

func englishClock(at time.Time) string {
	if at.Minute() == 0 {
		return at.Format("3 PM")
	}
	return at.Format("3:04 PM")
}

// spanishMoment says the hour by the part of the day: "el lunes a las 8 de la
// mañana", "el martes a la 1 y 30 de la tarde".
func spanishMoment(at time.Time) string {
	days := [...]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"}
	return "el " + days[at.Weekday()] + " a " + spanishClock(at)
}

// spanishClock says "las 8 de la mañana", "la 1 y 30 de la tarde".
func spanishClock(at time.Time) string {
	hour, article, part := (at.Hour()+11)%12+1, "las", "de la noche"
	if hour == 1 {
		article = "la"
	}
	switch h := at.Hour(); {
	case h < 12:
		part = "de la mañana"
	case h < 20:
		part = "de la tarde"
	}
	minutes := ""
	if at.Minute() != 0 {
		minutes = fmt.Sprintf(" y %d", at.Minute())
	}
	return fmt.Sprintf("%s %d%s %s", article, hour, minutes, part)
}
