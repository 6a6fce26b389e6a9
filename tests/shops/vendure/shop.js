// A Vendure shop for tests: in memory, in three languages, with a key that may do what Ferry needs.
//
//   node shop.js FOLDER [plain]
//
// FOLDER takes the assets; "plain" is a shop without custom fields. Once it is ready it prints one
// line of JSON with its addresses and its keys. POST /reset puts everything back as it was then. It
// ends when its standard input does, so that nothing is left of a test run that was killed.
const { createHash } = require('node:crypto');
const path = require('node:path');
const { AssetServerPlugin } = require('@vendure/asset-server-plugin');
const core = require('@vendure/core');
// Not among the exports of the package.
const { ApiKeyService } = require('@vendure/core/dist/service/services/api-key.service');

const [folder, ...options] = process.argv.slice(2);
const languages = ['en', 'fr', 'de'];

const silent = () => {};
// The first line of the output is ours.
const complain = (message, context, trace) => process.stderr.write(`${context}: ${message} ${trace ?? ''}\n`);

// Shops that change nothing use bcrypt, which takes 0.3 s a request and tells a test nothing.
class QuickHashing {
    hash(text) {
        return Promise.resolve(createHash('sha256').update(text).digest('hex'));
    }
    async check(text, hash) {
        return (await this.hash(text)) === hash;
    }
}

class KnownSecret extends core.RandomBytesApiKeyStrategy {
    // The tests look for it in every message; the part before it tells keys apart.
    async generateSecret() {
        return 'tell-nobody-7f3a';
    }
}

const externalId = { name: 'externalId', type: 'string', nullable: true, unique: true };
const label = (value, languageCode = 'en') => [{ languageCode, value }];
const customFields = {
    Product: [
        externalId,
        { name: 'color', type: 'string', label: label('Colour') },
        { name: 'size', type: 'string' },
        { name: 'care', type: 'localeText', label: label('Care instructions') },
        { name: 'madeOn', type: 'datetime' },
        { name: 'isVegan', type: 'boolean', description: label('Whether it is free of animals.') },
        { name: 'weight', type: 'float' },
        { name: 'badges', type: 'string', list: true },
        { name: 'notes', type: 'text', readonly: true },
        { name: 'internalNotes', type: 'text', internal: true },
    ],
    ProductVariant: [externalId, { name: 'ean', type: 'string', label: label('EAN') }, { name: 'pieces', type: 'int' }],
};

const config = {
    apiOptions: {
        port: 0,
        hostname: '127.0.0.1',
        middleware: [{ route: '/reset', beforeListen: true, handler: (request, response) => void reset(response) }],
    },
    authOptions: {
        tokenMethod: ['bearer', 'api-key'],
        superadminCredentials: { identifier: 'superadmin', password: 'superadmin' },
        adminApiKeyStrategy: new KnownSecret({ hashingStrategy: new QuickHashing() }),
    },
    dbConnectionOptions: { type: 'sqljs', synchronize: true, logging: false },
    paymentOptions: { paymentMethodHandlers: [] },
    customFields: options.includes('plain') ? {} : customFields,
    logger: { error: complain, warn: silent, info: silent, verbose: silent, debug: silent },
    plugins: [
        AssetServerPlugin.init({
            route: 'assets',
            assetUploadDir: path.resolve(folder),
            // A real preview takes 50 ms of a test's time and tells it nothing.
            previewStrategy: { generatePreviewImage: async (ctx, mimeType, data) => data },
        }),
    ],
};

let app;
let snapshot;

async function reset(response) {
    await database().load(snapshot);
    response.statusCode = 204;
    response.end();
}

function database() {
    return app.get(core.TransactionalConnection).rawConnection.driver;
}

async function start() {
    app = await core.bootstrap(config);
    await app.get(core.JobQueueService).start();
    const ctx = await superadmin();
    await furnish(ctx);
    const keys = app.get(ApiKeyService);
    const owner = ctx.activeUserId;
    const role = await app.get(core.RoleService).create(ctx, {
        code: 'ferry',
        description: 'What the app needs',
        permissions: ['ReadCatalog', 'CreateCatalog', 'UpdateCatalog', 'DeleteCatalog', 'ReadChannel'],
        channelIds: (await app.get(core.ChannelService).findAll(ctx)).items.map(channel => channel.id),
    });
    const reader = await app.get(core.RoleService).create(ctx, {
        code: 'reader',
        description: 'May only look',
        permissions: ['ReadCatalog'],
    });
    const key = await keys.create(ctx, named(role, 'Ferry'), owner);
    const readersKey = await keys.create(ctx, named(reader, 'Reader'), owner);
    snapshot = database().export();
    const url = await app.getUrl();
    process.stdout.write(
        JSON.stringify({ url: `${url}/admin-api`, shop_url: `${url}/shop-api`, reset_url: `${url}/reset`,
            api_key: key.apiKey, readers_key: readersKey.apiKey }) + '\n',
    );
}

function named(role, name) {
    return { roleIds: [role.id], translations: [{ languageCode: 'en', name }] };
}

async function superadmin() {
    const connection = app.get(core.TransactionalConnection).rawConnection;
    const user = await connection.getRepository(core.User).findOneOrFail({
        where: { identifier: 'superadmin' },
        relations: { roles: { channels: true } },
    });
    return app.get(core.RequestContextService).create({ apiType: 'admin', user });
}

/** What a shop must have before it can sell: languages, currencies, a zone, a tax; and a second channel. */
async function furnish(ctx) {
    await app.get(core.GlobalSettingsService).updateSettings(ctx, { availableLanguages: languages });
    const zone = await app.get(core.ZoneService).create(ctx, { name: 'Europe' });
    const category = await app.get(core.TaxCategoryService).create(ctx, { name: 'Standard', isDefault: true });
    await app.get(core.TaxRateService).create(ctx, {
        name: 'Standard Europe', enabled: true, value: 20, categoryId: category.id, zoneId: zone.id,
    });
    const channels = app.get(core.ChannelService);
    const settings = {
        defaultTaxZoneId: zone.id, defaultShippingZoneId: zone.id, pricesIncludeTax: true,
        defaultLanguageCode: 'en', availableLanguageCodes: languages,
        defaultCurrencyCode: 'EUR', availableCurrencyCodes: ['EUR', 'USD'],
    };
    await channels.update(ctx, { id: ctx.channelId, ...settings });
    await channels.create(ctx, { code: 'outlet', token: 'outlet', ...settings });
    // The first collection makes the root of all, which the process remembers and a reset must not lose.
    const collections = app.get(core.CollectionService);
    const text = { languageCode: 'en', name: 'First', slug: 'first', description: '' };
    const first = await collections.create(ctx, { filters: [], translations: [text] });
    await collections.delete(ctx, first.id);
}

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
start().catch(error => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
});
