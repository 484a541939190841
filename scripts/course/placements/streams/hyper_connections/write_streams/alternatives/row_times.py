"""A sum over the old streams, written out."""


def write_streams(streams, added, write, mix):
    write, mix = write.type_as(streams), mix.type_as(streams)
    old = (mix.unsqueeze(-1) * streams.unsqueeze(-2)).sum(dim=-3)
    return old + write.unsqueeze(-1) * added.unsqueeze(-2)
