"""What is asked and sent about prices in the markets of a shop."""

_MARKED = 'nodes { id metafield(namespace: "ferry", key: "pim_id") { value } }'

VARIANT_IDS = f"""query VariantIds($ids: [ID!]!, $variants: Int!) {{
  nodes(ids: $ids) {{
    ... on Product {{
      id
      variants(first: $variants) {{ {_MARKED} pageInfo {{ hasNextPage endCursor }} }}
    }}
  }}
}}"""

MORE_VARIANT_IDS = f"""query MoreVariantIds($id: ID!, $after: String) {{
  product(id: $id) {{
    variants(first: 250, after: $after) {{ {_MARKED} pageInfo {{ hasNextPage endCursor }} }}
  }}
}}"""

PRICE_LISTS = """query PriceLists($after: String) {
  priceLists(first: 100, after: $after) {
    nodes { id name currency catalog { __typename } }
    pageInfo { hasNextPage endCursor }
  }
}"""

ADD_PRICES = """mutation AddPrices($list: ID!, $prices: [PriceListPriceInput!]!) {
  priceListFixedPricesAdd(priceListId: $list, prices: $prices) {
    userErrors { field message code }
  }
}"""

DELETE_PRICES = """mutation DeletePrices($list: ID!, $variants: [ID!]!) {
  priceListFixedPricesDelete(priceListId: $list, variantIds: $variants) {
    userErrors { field message code }
  }
}"""
