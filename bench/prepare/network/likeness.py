"""Whether two graphs are the same network, whatever their layers are called."""

from __future__ import annotations

from typing import Optional

from bench.prepare.network.graph import Graph

_NAMES = {"name", "inputs", "params"}


def difference(graph: Graph, wanted: Graph) -> Optional[str]:
    """Say where a graph first is another network than the one that is wanted; None if it is the same.

    Layers are compared in order: what each computes of which earlier ones, and the shapes of what it makes and of its
    arrays. Names don't count.
    """
    if graph.input_shape != wanted.input_shape:
        return f"its input is {graph.input_shape}, not {wanted.input_shape}"
    places: tuple[dict[str, int], dict[str, int]] = ({graph.input: -1}, {wanted.input: -1})
    for number, (node, other) in enumerate(zip(graph.nodes, wanted.nodes)):
        if node.op != other.op:
            return f"{node.name} is a {node.op} where a {other.op} is ({other.name})"
        taken, due = ([where[name] for name in one.inputs] for one, where in zip((node, other), places))
        if taken != due:
            return f"{node.name} takes {', '.join(node.inputs)}, which {other.name} does not"
        for field, value in other.model_dump(exclude=_NAMES).items():
            found = getattr(node, field)
            if found != value:
                return f"{node.name} has the {field} {found}, not {value}"
        if list(node.params.values()) != list(other.params.values()):
            return f"{node.name} has arrays of {[*node.params.values()]}, not {[*other.params.values()]}"
        for where, one in zip(places, (node, other)):
            where[one.name] = number
    if len(graph.nodes) != len(wanted.nodes):
        return f"it has {len(graph.nodes)} layers, not {len(wanted.nodes)}"
    return None
