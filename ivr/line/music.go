package line

import (
	"encoding/binary"
	"math"
)

// holdMusic is twenty seconds of slow, soft chords, as an 8 kHz 16-bit mono WAV:
// the telephone's own bandwidth, and nobody's recording.
func holdMusic() []byte {
	const rate, beat = 8000, 2.5 // samples and seconds
	chords := [][]float64{
		{220.00, 277.18, 329.63},
		{185.00, 220.00, 277.18},
		{146.83, 220.00, 293.66},
		{164.81, 246.94, 329.63},
		{220.00, 277.18, 329.63},
		{185.00, 220.00, 277.18},
		{146.83, 220.00, 293.66},
		{164.81, 207.65, 246.94},
	}
	samples := make([]byte, 0, int(beat*rate)*len(chords)*2)
	for _, chord := range chords {
		for i := range int(beat * rate) {
			t := float64(i) / rate
			v := 0.0
			for n, f := range chord { // the notes of a chord come one after another
				if since := t - float64(n)*0.3; since > 0 {
					v += math.Sin(2*math.Pi*f*since) * math.Exp(-1.2*since) * (1 - math.Exp(-40*since))
				}
			}
			v *= math.Min(1, (beat-t)*8) // no click at the end of a chord
			samples = binary.LittleEndian.AppendUint16(samples, uint16(int16(v*6000)))
		}
	}
	wav := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(36+len(samples)))...)
	wav = append(wav, "WAVEfmt "...)
	wav = binary.LittleEndian.AppendUint32(wav, 16)
	wav = binary.LittleEndian.AppendUint16(wav, 1) // PCM
	wav = binary.LittleEndian.AppendUint16(wav, 1) // mono
	wav = binary.LittleEndian.AppendUint32(wav, rate)
	wav = binary.LittleEndian.AppendUint32(wav, rate*2)
	wav = binary.LittleEndian.AppendUint16(wav, 2)
	wav = binary.LittleEndian.AppendUint16(wav, 16)
	wav = append(wav, "data"...)
	wav = binary.LittleEndian.AppendUint32(wav, uint32(len(samples)))
	return append(wav, samples...)
}
