import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { beforeAll, describe, expect, it, vi } from "vitest";

import { startLanguage } from "../i18n/index.ts";
import { theme } from "../theme/theme.ts";
import { Confirm } from "./confirm.tsx";
import { Facts } from "./facts.tsx";
import { Status } from "./status.tsx";

beforeAll(() => startLanguage("en"));
const show = (content: React.ReactNode) =>
  render(
    <MantineProvider theme={theme} env="test">
      {content}
    </MantineProvider>,
  );

describe("a wide action", () => {
  it("works once its word is typed, and only then", () => {
    const run = vi.fn(async () => undefined);
    show(
      <Confirm
        question={{ title: "Delete", text: "120 equipment", action: "Delete them", danger: true, word: "120", run }}
        close={() => undefined}
      />,
    );
    const button = screen.getByRole("button", { name: "Delete them" }) as HTMLButtonElement;
    expect(button.disabled).toBe(true);
    fireEvent.change(screen.getByLabelText("To confirm, type 120"), { target: { value: "12" } });
    expect(button.disabled).toBe(true);
    fireEvent.change(screen.getByLabelText("To confirm, type 120"), { target: { value: "120" } });
    fireEvent.click(button);
    expect(run).toHaveBeenCalledOnce();
  });

  it("says why it failed and stays", async () => {
    const close = vi.fn();
    const run = async () => {
      throw new Error("no");
    };
    show(<Confirm question={{ title: "Delete", text: "x", action: "Do it", run }} close={close} />);
    fireEvent.click(screen.getByRole("button", { name: "Do it" }));
    expect((await screen.findByRole("alert")).textContent).toBe("Something unexpected happened.");
    expect(close).not.toHaveBeenCalled();
  });
});

describe("facts", () => {
  it("leave out what is not known", () => {
    show(
      <Facts
        facts={[
          ["Serial", null],
          ["Model", ""],
          ["Name", "srv-1"],
          ["Updates", false],
        ]}
      />,
    );
    expect(screen.getAllByRole("term").map((term) => term.textContent)).toEqual(["Name"]);
  });
});

describe("a status", () => {
  it("is a word beside a shape, never a colour alone", () => {
    const { container } = show(<Status tone="attention">Silent</Status>);
    expect(container.textContent).toContain("Silent");
    expect(container.querySelector("svg path")).not.toBeNull();
  });
});
