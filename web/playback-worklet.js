/** The loudspeaker's end in the audio thread: a `Playlist` behind a port. */
import { Playlist } from "./playlist.js";

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.playlist = new Playlist(sampleRate);
    this.port.onmessage = ({ data }) => this.#obey(data);
  }

  #obey(order) {
    if (order.do === "push") this.playlist.push(order.clause, order.offset, new Int16Array(order.pcm));
    else if (order.do === "finish") this.playlist.finish(order.clause);
    else if (order.do === "stop") this.playlist.stop(order.upTo);
    else this.playlist[order.do](); // hold, resume, reset
  }

  process(_inputs, [[channel]]) {
    this.playlist.render(channel);
    for (const event of this.playlist.takeEvents()) this.port.postMessage({ ...event, at: currentTime });
    return true;
  }
}

registerProcessor("playback", Playback);
