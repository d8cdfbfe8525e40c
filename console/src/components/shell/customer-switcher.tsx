/** The customer that lists are narrowed to: kept in the address, so that a link shows what I see. */
import { Button, Combobox, useCombobox } from "@mantine/core";
import { IconBuilding, IconCheck, IconSelector } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { customers } from "../../api/index.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import type { Search } from "../../router.tsx";
import { useCustomers } from "../customers.tsx";
import classes from "./customer-switcher.module.css";

const everyone = "*";

export function CustomerSwitcher() {
  const { t } = useTranslation();
  const format = useFormat();
  const named = useGivenName();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Search;
  const [wanted, setWanted] = useState("");
  const all = useCustomers();
  const found = useQuery({
    queryKey: ["customers", "search", wanted],
    queryFn: ({ signal }) => customers.list({ q: wanted, limit: 50 }, signal),
    enabled: wanted !== "",
    placeholderData: keepPreviousData,
  });
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      setWanted("");
    },
    onDropdownOpen: () => {
      combobox.focusSearchInput();
      combobox.selectActiveOption();
    },
  });
  const chosen = search.customer_id;
  const name = all.data?.items.find((customer) => customer.id === chosen)?.name;
  const options = (wanted === "" ? all.data?.items : found.data?.items) ?? [];

  const choose = (value: string) => {
    combobox.closeDropdown();
    const customer_id = value === everyone ? undefined : value;
    void navigate({
      to: ".",
      search: (old: Search) => ({ ...old, customer_id, cursor: undefined, page: undefined, preview: undefined }),
    });
  };

  return (
    <Combobox store={combobox} onOptionSubmit={choose} width={320} position="bottom-start" shadow="md">
      <Combobox.Target withAriaAttributes={false}>
        <Button
          variant="subtle"
          color="gray"
          size="xs"
          className={classes.button}
          leftSection={<IconBuilding size={15} stroke={1.6} />}
          rightSection={<IconSelector size={14} stroke={1.6} />}
          aria-haspopup="listbox"
          aria-expanded={combobox.dropdownOpened}
          onClick={() => combobox.toggleDropdown()}
        >
          <span className="sr-only">{t("shell.customer")} </span>
          {chosen ? (name ? named(name) : t("shell.oneCustomer")) : t("shell.allCustomers")}
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={wanted}
          onChange={(event) => {
            setWanted(event.currentTarget.value);
            combobox.updateSelectedOptionIndex();
          }}
          placeholder={t("shell.findCustomer")}
          aria-label={t("shell.findCustomer")}
        />
        <Combobox.Options mah={340} className={classes.options} aria-label={t("shell.customer")}>
          {wanted === "" && (
            <Combobox.Option value={everyone} active={!chosen}>
              <span className={classes.option}>
                {t("shell.allCustomers")}
                {!chosen && <IconCheck size={14} aria-hidden />}
              </span>
            </Combobox.Option>
          )}
          {options.map((customer) => (
            <Combobox.Option key={customer.id} value={customer.id} active={customer.id === chosen}>
              <span className={classes.option}>
                <span className="truncate" title={named(customer.name)}>
                  {named(customer.name)}
                </span>
                {customer.id === chosen ? (
                  <IconCheck size={14} aria-hidden />
                ) : (
                  <span className={classes.count}>{format.number(customer.equipment)}</span>
                )}
              </span>
            </Combobox.Option>
          ))}
          {options.length === 0 && !found.isFetching && !all.isFetching && (
            <Combobox.Empty>{t("shell.noCustomer")}</Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
