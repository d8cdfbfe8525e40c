import { render } from "@testing-library/react";
import { expect, test } from "vitest";

import { Markup } from "./markup.tsx";

test("headings, paragraphs, lists and stress are shown, all else only by its words", () => {
  const text =
    '<h1>A</h1><p onclick="x()">one<br>two <b>b</b> <u>u</u></p><ul><li>1</li><li>2</li></ul><a href="javascript:x()">link</a><img src=x onerror="x()">';
  const { container } = render(<Markup text={text} />);
  expect(container.firstElementChild!.innerHTML).toBe(
    "<h2>A</h2><p>one<br>two <b>b</b> <u>u</u></p><ul><li>1</li><li>2</li></ul>link",
  );
});
