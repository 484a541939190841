"""On all heads side by side, as transformers has the factors."""


def scale_queries(layer, query, key, context):
    scale = (layer.qk_scale() ** 2).type_as(query)
    return (query.flatten(2) * scale).unflatten(2, (layer.n_head, -1)), key
