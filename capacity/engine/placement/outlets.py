"""Free outlets, and the breakers of their banks."""

from __future__ import annotations

import math
from collections import defaultdict

from capacity.engine.placement.given import Rule
from capacity.engine.placement.limits import NodeRows
from capacity.engine.placement.rows import Pool, Program, Row, Terms, fine


class Plugging:
    """Adds to a program which outlets each item's inputs are in.

    Outlets that are the same to every item are a pool. Where an item fits one pool of a side alone,
    how many inputs it has there follows from its wiring; else columns of their own count them. An
    input puts its whole worst case on the breaker of its bank; banks that could carry all their
    free outlets' worst case make no difference between pools.
    """

    def __init__(self, program: Program, nodes: NodeRows) -> None:
        self.program, self.nodes = program, nodes
        self.items = program.case.items
        self.needing = [k for k, i in enumerate(self.items) if i.needs_outlets and i.inputs]
        self.on_bank: dict[int, Terms] = defaultdict(list)
        self.bank_at: dict[int, int] = {}

    def add(self) -> None:
        """The rows of every rack, then those of the banks."""
        if not self.needing or not self.program.has(Rule.OUTLET):
            return
        pools = self._pools()
        for position, rack in enumerate(self.program.racks):
            here = pools.get(rack, [])
            self.program.pools.append(here)
            self._rack(position, here)
        for bank, terms in self.on_bank.items():
            self.nodes.add(bank, terms, self.bank_at[bank])

    def _pools(self) -> dict[int, list[Pool]]:
        """The pools of each rack, in the order of their lowest outlet."""
        room = self.program.case.room
        outlets = room.outlets
        columns = [
            each.tolist()
            for each in (outlets.id, outlets.rack, outlets.side, outlets.bank, outlets.connector)
        ]
        fits = {connector: self._fits(connector) for connector in set(columns[4])}
        tight = self._tight_banks(columns, fits)
        places = [{side: n for n, side in enumerate(sides)} for sides in room.sides]
        found: dict[tuple[int, int, int, tuple[bool, ...]], Pool] = {}
        pools: dict[int, list[Pool]] = defaultdict(list)
        for outlet, rack, side, bank, connector in sorted(zip(*columns, strict=True)):
            if side not in places[rack] or not any(fits[connector]):
                continue
            key = (rack, side, bank if bank in tight else -1, fits[connector])
            if key not in found:
                found[key] = Pool(places[rack][side], fits[connector], key[2])
                pools[rack].append(found[key])
            found[key].outlets.append(outlet)
        return pools

    def _fits(self, connector: int) -> tuple[bool, ...]:
        return tuple(
            k in self.needing and (item.connectors is None or connector in item.connectors)
            for k, item in enumerate(self.items)
        )

    def _tight_banks(self, columns: list[list[int]], fits: dict[int, tuple[bool, ...]]) -> set[int]:
        most = {
            connector: max(
                (self.items[k].input_watts for k, fit in enumerate(each) if fit), default=0.0
            )
            for connector, each in fits.items()
        }
        load: dict[int, float] = defaultdict(float)
        for bank, connector in zip(columns[3], columns[4], strict=True):
            if bank >= 0:
                load[bank] += most[connector]
        headroom = self.nodes.headroom
        return {b for b, watts in load.items() if math.isnan(headroom[b]) or watts > headroom[b]}

    def _rack(self, position: int, pools: list[Pool]) -> None:
        program = self.program
        used: dict[int, Terms] = defaultdict(list)
        loads: dict[int, Terms] = defaultdict(list)
        rack = program.racks[position]
        for k in self.needing:
            columns = program.by_rack[position].get(k, [])
            for side in range(len(program.case.room.sides[rack])):
                for pool, terms in self._side(position, k, side, columns, pools):
                    used[pool] += terms
                    watts = fine(self.items[k].input_watts)
                    loads[pool] += [(column, inputs * watts) for column, inputs in terms]
        index = int(program.case.room.id[rack])
        for pool, terms in used.items():
            limit = len(pools[pool].outlets)
            program.add(Row(Rule.OUTLET, "rack", index, terms, limit, position))
            bank = pools[pool].bank
            if bank >= 0:
                self.bank_at[bank] = position
                self.on_bank[bank] += loads[pool]

    def _side(
        self, position: int, k: int, side: int, columns: list[int], pools: list[Pool]
    ) -> list[tuple[int, Terms]]:
        """Of each pool of a side that an item fits, its inputs there as terms."""
        program = self.program
        inputs = [
            (column, program.columns.wiring[column][side])
            for column in columns
            if program.columns.wiring[column][side]
        ]
        fitting = [n for n, pool in enumerate(pools) if pool.side == side and pool.fits[k]]
        if not inputs:
            return []
        if not fitting and Rule.OUTLET in program.elastic:
            alone = tuple(k == other for other in range(len(self.items)))
            pools.append(Pool(side, alone, -1))
            fitting = [len(pools) - 1]
        if not fitting:
            for column, _ in inputs:
                program.columns.most[column] = 0
            return []
        if len(fitting) == 1:
            program.plugs[position, k, side] = [(fitting[0], -1)]
            return [(fitting[0], inputs)]
        plugs = [(n, program.columns.add(len(pools[n].outlets), position)) for n in fitting]
        program.plugs[position, k, side] = plugs
        program.equal.append(inputs + [(column, -1) for _, column in plugs])
        return [(n, [(column, 1)]) for n, column in plugs]
