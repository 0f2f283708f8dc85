import { Chart, Legend } from "../marks.tsx";
import type { Section } from "../section.ts";

/** As in the page's script: with more curves most are pale. */
const MANY = 12;

export default {
  id: "cost",
  title: "What does it cost",
  short: "Cost",
  render({ methods }) {
    return (
      <>
        <p class="note">
          Each curve is a method's training: dots at the measured shares of the budget, an arrow at
          its end, the bars there are 95 % intervals. The pale line joins what nobody beats at a
          lower price. A method that climbs by going right buys reward with divergence; one that
          drifts in the strips buys it with length or with gibberish.{methods.length > MANY &&
            " Of so many curves eight are in full colour: those that nobody beats at their price, then the best. A name below brings any other to the front."}
        </p>
        <Legend methods={methods} />
        <div class="row frontier">
          <Chart id="frontier" title="Reward against KL" tall />
          <Chart id="length" title="Against length" tall />
          <Chart id="fluency" title="Against fluency" tall />
        </div>
        <div class="row halves">
          <Chart id="learning" title="Learning curve">
            <label>
              Measure <select data-role="learning" autocomplete="off" />
            </label>
          </Chart>
          <Chart id="paying" title="KL over operations" />
        </div>
      </>
    );
  },
} satisfies Section;
