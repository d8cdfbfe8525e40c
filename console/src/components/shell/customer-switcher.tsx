/** The customer that lists are narrowed to: kept in the address, so that a link shows what I see. */
import { Button, Combobox, useCombobox } from "@mantine/core";
import { IconBuilding, IconCheck, IconSelector } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { customers } from "../../api/index.ts";
import type { Customer } from "../../api/types.ts";
import { useFormat } from "../../lib/format.ts";
import { useGivenName } from "../../lib/given-names.ts";
import type { Search } from "../../router.tsx";
import { useCustomers } from "../customers.tsx";
import classes from "./customer-switcher.module.css";

const everyone = "*";

/** Customers under their provider and reseller, in the order of the names. */
export function byReseller(list: Customer[], named: (name: string) => string) {
  const groups = new Map<string, { id: string; label: string; customers: Customer[] }>();
  for (const customer of list) {
    const { provider, reseller } = customer;
    const group = groups.get(reseller.id);
    if (group) group.customers.push(customer);
    else {
      const label = `${named(provider.name)} / ${named(reseller.name)}`;
      groups.set(reseller.id, { id: reseller.id, label, customers: [customer] });
    }
  }
  return [...groups.values()].sort((a, b) => a.label.localeCompare(b.label));
}

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
  const known = all.data?.items.find((customer) => customer.id === chosen);
  // Beyond the first page of customers the chosen one is asked for by itself.
  const single = useQuery({
    queryKey: ["customers", "one", chosen],
    queryFn: () => customers.get(chosen!),
    enabled: chosen !== undefined && all.data !== undefined && known === undefined,
  });
  const current = known ?? single.data;
  const options = (wanted === "" ? all.data?.items : found.data?.items) ?? [];
  const pathOf = (customer: Customer) =>
    [customer.provider.name, customer.reseller.name, customer.name].map(named).join(" / ");
  const groups = byReseller(options, named);

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
          title={current ? pathOf(current) : undefined}
          aria-haspopup="listbox"
          aria-expanded={combobox.dropdownOpened}
          onClick={() => combobox.toggleDropdown()}
        >
          <span className="sr-only">{t("shell.customer")} </span>
          {chosen && current && groups.length > 1 && (
            <span className={classes.path}>
              {[current.provider.name, current.reseller.name].map(named).join(" / ")} /{" "}
            </span>
          )}
          {chosen ? (current ? named(current.name) : t("shell.oneCustomer")) : t("shell.allCustomers")}
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
          {groups.map((group) => (
            <Combobox.Group key={group.id} label={groups.length > 1 ? group.label : undefined}>
              {group.customers.map((customer) => (
                <Combobox.Option key={customer.id} value={customer.id} active={customer.id === chosen}>
                  <span className={classes.option}>
                    <span className="truncate" title={pathOf(customer)}>
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
            </Combobox.Group>
          ))}
          {options.length === 0 && !found.isFetching && !all.isFetching && (
            <Combobox.Empty>{t("shell.noCustomer")}</Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
