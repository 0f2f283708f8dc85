/** House rules that a linter can hold: `deno lint` loads them (deno.json). */

/** Most lines of a function. A longer one says in the comment above it that it is "Longer than 100 lines", and why: as, for, because, since. */
const MOST = 100;
const REASON = /Longer than 100 lines,? (as|for|because|since) \w+/;

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "short-functions": {
      create(context) {
        const { sourceCode } = context;
        const check = (
          node:
            | Deno.lint.FunctionDeclaration
            | Deno.lint.FunctionExpression
            | Deno.lint.ArrowFunctionExpression,
        ) => {
          const [from, to] = node.range;
          const lines = sourceCode.text.slice(from, to).split("\n").length;
          if (lines <= MOST) return;
          const above = sourceCode.text.slice(0, from).split("\n").slice(-8).join(" ");
          if (REASON.test(above.replaceAll(/\s+\*?\s*/g, " "))) return;
          context.report({
            node,
            message:
              `A function of ${lines} lines: at most ${MOST}, or the comment above it says why`,
          });
        };
        return {
          FunctionDeclaration: check,
          FunctionExpression: check,
          ArrowFunctionExpression: check,
        };
      },
    },
  },
};
export default plugin;
