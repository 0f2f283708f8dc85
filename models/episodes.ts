import {
  type Call,
  type Environment,
  type Model,
  onFrom,
  type Params,
  played,
  type Prompt,
  type Rng,
  type Sample,
  type SampleOptions,
  type Span,
  Unsuited,
} from "../core/mod.ts";

interface Turns {
  readonly tokens: number[];
  readonly spans: Span[];
  readonly logps: number[];
}
interface Episode<S> extends Turns {
  readonly prompt: Prompt;
  readonly rng: Rng;
  state: S;
}

/**
 * A model whose answers are episodes: its turns, and between them what the world says. All open
 * episodes take a turn together, each from its own stream, so that none depends on its neighbours.
 * With `step` an episode ends after one turn, the world's answer to it included; it also ends where
 * the model can read no more. A turn reads its whole history anew, and is billed so.
 */
export function inWorld<S>(model: Model, world: Environment<S>): Model {
  return { ...model, id: `${model.id} in a world`, world, generate };

  async function generate(
    call: Call,
    params: Params,
    prompts: readonly Prompt[],
    rngs: readonly Rng[],
    options: SampleOptions = {},
  ): Promise<Sample[]> {
    if (options.beams !== undefined) {
      throw new Unsuited("Cannot search by beams where a world answers between turns");
    }
    const all = prompts.map((prompt, i): Episode<S> => ({
      prompt,
      rng: rngs[i]!,
      state: prompt.begun ? played(world, prompt.begun) : world.begin(prompt),
      tokens: [],
      spans: [],
      logps: [],
    }));
    for (let open = all.filter(({ state }) => !world.over(state)); open.length > 0;) {
      const turns = await model.generate(
        call,
        params,
        open.map((episode) =>
          asTurn(episode.tokens.length ? onFrom(answerOf(episode)) : episode.prompt)
        ),
        open.map(({ rng }) => rng),
        { ...options, step: true },
      );
      open = open.filter((episode, i) => {
        take(episode, turns[i]!);
        episode.state = world.step(episode.state, turns[i]!.tokens);
        if (world.over(episode.state)) return false;
        const said = world.observe(episode.state);
        const read = episode.prompt.tokens.length + episode.tokens.length + said.length;
        if (model.context !== undefined && read >= model.context) return false;
        episode.tokens.push(...said);
        return !options.step;
      });
    }
    return all.map(answerOf);
  }
}

/** A turn may be as long as the model says, whatever was said before it. */
const asTurn = ({ begun: _, ...prompt }: Prompt): Prompt => prompt;

function take({ tokens, spans, logps }: Turns, turn: Sample): void {
  spans.push([tokens.length, tokens.length + turn.tokens.length]);
  tokens.push(...turn.tokens);
  logps.push(...turn.logps);
}

const answerOf = (
  { prompt, tokens, spans, logps }: Turns & { readonly prompt: Prompt },
): Sample => (
  { prompt, tokens, length: logps.length, spans, logps }
);
