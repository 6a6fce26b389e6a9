"""Every document the adapter can send. The tests validate them all against the schema."""

from channels.shopify.price_documents import (
    ADD_PRICES,
    DELETE_PRICES,
    MORE_VARIANT_IDS,
    PRICE_LISTS,
    VARIANT_IDS,
)

SHOP = """query Shop {
  shop { name currencyCode }
  currentAppInstallation { accessScopes { handle } }
}"""

LANGUAGES = "query Languages { shopLocales { locale primary } }"

PUBLICATIONS = """query Publications($after: String) {
  publications(first: 100, after: $after) {
    nodes { id catalog { title } }
    pageInfo { hasNextPage endCursor }
  }
}"""

DEFINITIONS = """query Definitions($owner: MetafieldOwnerType!, $after: String) {
  metafieldDefinitions(ownerType: $owner, first: 100, after: $after) {
    nodes { id namespace key name description type { name } }
    pageInfo { hasNextPage endCursor }
  }
}"""

CREATE_DEFINITION = """mutation CreateDefinition($definition: MetafieldDefinitionInput!) {
  metafieldDefinitionCreate(definition: $definition) {
    createdDefinition { id }
    userErrors { field message code }
  }
}"""

# What a variant has, as far as the adapter writes it.
_VARIANT = """fragment Variant on ProductVariant {
  id sku barcode price compareAtPrice taxable inventoryPolicy
  selectedOptions { name value }
  inventoryItem {
    tracked requiresShipping harmonizedSystemCode
    unitCost { amount }
    measurement { weight { value unit } }
  }
  media(first: 1) { nodes { id } }
  metafields(first: $variantFields, keys: $variantKeys) { nodes { namespace key value } }
}"""

PRODUCTS = f"""query Products(
  $ids: [ID!]!
  $media: Int!
  $fields: Int!
  $keys: [String!]!
  $variants: Int!
  $variantFields: Int!
  $variantKeys: [String!]!
) {{
  nodes(ids: $ids) {{
    ... on Product {{
      id title descriptionHtml handle vendor productType tags status
      seo {{ title description }}
      category {{ id }}
      metafields(first: $fields, keys: $keys) {{ nodes {{ namespace key value }} }}
      media(first: $media) {{ nodes {{ id alt }} pageInfo {{ hasNextPage endCursor }} }}
      variants(first: $variants) {{
        nodes {{ ...Variant }}
        pageInfo {{ hasNextPage endCursor }}
      }}
    }}
  }}
}}
{_VARIANT}"""

MORE_VARIANTS = f"""query MoreVariants(
  $id: ID!, $after: String, $variants: Int!, $variantFields: Int!, $variantKeys: [String!]!
) {{
  product(id: $id) {{
    variants(first: $variants, after: $after) {{
      nodes {{ ...Variant }}
      pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}
{_VARIANT}"""

MORE_MEDIA = """query MoreMedia($id: ID!, $after: String) {
  product(id: $id) {
    media(first: 100, after: $after) { nodes { id alt } pageInfo { hasNextPage endCursor } }
  }
}"""

OPTIONS = """query Options($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Product { id options { id name optionValues { id name } } } }
}"""

BY_SKU = """query BySku($query: String!, $after: String) {
  productVariants(first: 100, query: $query, after: $after) {
    nodes {
      sku
      product { id metafield(namespace: "ferry", key: "pim_id") { value } }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""

_OWNER = 'id metafield(namespace: "ferry", key: "pim_id") { value }'


def by_identifier(number: int) -> str:
    """Find so many products, each by its own identifier: $i0, $i1, …"""
    names = range(number)
    variables = ", ".join(f"$i{n}: ProductIdentifierInput!" for n in names)
    lines = [f"  p{n}: productByIdentifier(identifier: $i{n}) {{ {_OWNER} }}" for n in names]
    return "\n".join([f"query ByIdentifier({variables}) {{", *lines, "}"])


PRODUCT_SET = """mutation ProductSet($identifier: ProductSetIdentifiers, $input: ProductSetInput!) {
  productSet(identifier: $identifier, input: $input, synchronous: true) {
    product { id }
    userErrors { field message code }
  }
}"""

UPDATE_PRODUCT = """mutation UpdateProduct($product: ProductUpdateInput!) {
  productUpdate(product: $product) { product { id } userErrors { field message } }
}"""

SET_METAFIELDS = """mutation SetMetafields($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { userErrors { field message code elementIndex } }
}"""

DELETE_METAFIELDS = """mutation DeleteMetafields($metafields: [MetafieldIdentifierInput!]!) {
  metafieldsDelete(metafields: $metafields) { userErrors { field message } }
}"""

STAGE_UPLOADS = """mutation StageUploads($input: [StagedUploadInput!]!) {
  stagedUploadsCreate(input: $input) {
    stagedTargets { url resourceUrl parameters { name value } }
    userErrors { field message }
  }
}"""

CREATE_FILES = """mutation CreateFiles($files: [FileCreateInput!]!) {
  fileCreate(files: $files) {
    files { id fileStatus }
    userErrors { field message code }
  }
}"""

_FILE = """fragment Held on File { id fileStatus fileErrors { message } }"""

FILES = f"""query Files($ids: [ID!]!) {{
  nodes(ids: $ids) {{ ...Held }}
}}
{_FILE}"""

FILES_BY_NAME = """query FilesByName($query: String!) {
  files(first: 50, query: $query) {
    nodes {
      id fileStatus
      ... on MediaImage { image { url } }
      ... on Video { filename }
      ... on GenericFile { url }
    }
  }
}"""

DELETE_FILES = """mutation DeleteFiles($ids: [ID!]!) {
  fileDelete(fileIds: $ids) { deletedFileIds userErrors { field message code } }
}"""

RUN_BULK = """mutation RunBulk($mutation: String!, $path: String!) {
  bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path) {
    bulkOperation { id status }
    userErrors { field message code }
  }
}"""

BULK = """query Bulk($id: ID!) {
  bulkOperation(id: $id) { id status errorCode url partialDataUrl }
}"""


def translatable(languages: int) -> str:
    """Read texts and what they are in so many languages: $l0, $l1, …"""
    names = range(languages)
    variables = "".join(f", $l{n}: String!" for n in names)
    lines = [f"      l{n}: translations(locale: $l{n}) {{ key value outdated }}" for n in names]
    return "\n".join(
        [
            f"query Translatable($ids: [ID!]!{variables}) {{",
            "  translatableResourcesByIds(first: 50, resourceIds: $ids) {",
            "    nodes {",
            "      resourceId",
            "      translatableContent { key value digest }",
            *lines,
            "    }",
            "  }",
            "}",
        ]
    )


TRANSLATE = """mutation Translate($id: ID!, $translations: [TranslationInput!]!) {
  translationsRegister(resourceId: $id, translations: $translations) {
    userErrors { field message code }
  }
}"""

FORGET_TRANSLATIONS = """mutation Forget($id: ID!, $keys: [String!]!, $locales: [String!]!) {
  translationsRemove(resourceId: $id, translationKeys: $keys, locales: $locales) {
    userErrors { field message code }
  }
}"""

DETACH_PICTURES = """mutation DetachPictures(
  $product: ID!, $pairs: [ProductVariantDetachMediaInput!]!
) {
  productVariantDetachMedia(productId: $product, variantMedia: $pairs) {
    userErrors { field message code }
  }
}"""

PUBLISH = """mutation Publish($id: ID!, $input: [PublicationInput!]!) {
  publishablePublish(id: $id, input: $input) { userErrors { field message } }
}"""

UNPUBLISH = """mutation Unpublish($id: ID!, $input: [PublicationInput!]!) {
  publishableUnpublish(id: $id, input: $input) { userErrors { field message } }
}"""

COLLECTION_BY_ID = """query CollectionById($identifier: CollectionIdentifierInput!) {
  collectionByIdentifier(identifier: $identifier) { id }
}"""

COLLECTIONS = """query Collections($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Collection {
      id title
      sources {
        id title
        ... on CollectionConditionsSource {
          inclusion {
            conditions {
              ... on CollectionSourceInclusionConditionMetafieldStringList { values }
            }
          }
        }
      }
    }
  }
}"""

CREATE_COLLECTION = """mutation CreateCollection($collection: CollectionCreateInput!) {
  collectionCreate(collection: $collection) {
    collection { id }
    userErrors { field message }
  }
}"""

UPDATE_COLLECTION = """mutation UpdateCollection($collection: CollectionUpdateInput!) {
  collectionUpdate(collection: $collection) { userErrors { field message } }
}"""

DELETE_COLLECTION = """mutation DeleteCollection($input: CollectionDeleteInput!) {
  collectionDelete(input: $input) { userErrors { field message } }
}"""

_ITEM = "id title resourceId"

MENUS = f"""query Menus($after: String) {{
  menus(first: 20, after: $after) {{
    nodes {{
      id handle title
      items {{ {_ITEM} items {{ {_ITEM} items {{ {_ITEM} }} }} }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""

CREATE_MENU = """mutation CreateMenu(
  $title: String!, $handle: String!, $items: [MenuItemCreateInput!]!
) {
  menuCreate(title: $title, handle: $handle, items: $items) {
    menu { id }
    userErrors { field message code }
  }
}"""

UPDATE_MENU = """mutation UpdateMenu($id: ID!, $title: String!, $items: [MenuItemUpdateInput!]!) {
  menuUpdate(id: $id, title: $title, items: $items) { userErrors { field message code } }
}"""

# Everything above, and of those that depend on a number two.
ALL = (
    SHOP,
    LANGUAGES,
    PUBLICATIONS,
    DEFINITIONS,
    CREATE_DEFINITION,
    PRODUCTS,
    MORE_VARIANTS,
    MORE_MEDIA,
    VARIANT_IDS,
    MORE_VARIANT_IDS,
    OPTIONS,
    BY_SKU,
    by_identifier(1),
    by_identifier(25),
    PRODUCT_SET,
    UPDATE_PRODUCT,
    SET_METAFIELDS,
    DELETE_METAFIELDS,
    STAGE_UPLOADS,
    CREATE_FILES,
    FILES,
    FILES_BY_NAME,
    DELETE_FILES,
    RUN_BULK,
    BULK,
    translatable(1),
    translatable(9),
    TRANSLATE,
    FORGET_TRANSLATIONS,
    DETACH_PICTURES,
    PUBLISH,
    UNPUBLISH,
    PRICE_LISTS,
    ADD_PRICES,
    DELETE_PRICES,
    COLLECTION_BY_ID,
    COLLECTIONS,
    CREATE_COLLECTION,
    UPDATE_COLLECTION,
    DELETE_COLLECTION,
    MENUS,
    CREATE_MENU,
    UPDATE_MENU,
)
