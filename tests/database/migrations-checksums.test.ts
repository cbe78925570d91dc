import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MIGRATION_SETS } from '../../src/database/migrations.ts';

/**
 * SHA-256 of every migration, written down when it is released. node-pg-migrate keeps none, so without this list an
 * edited migration would pass here and be missing on every database that had applied it before.
 * A new migration adds a line: `sha256sum migrations/*.sql rag-migrations/*.sql`.
 */
const CHECKSUMS = {
  main: {
    '001_create_cabinets.sql': 'b96283962fb5113bc040bcdaed4d8d419512945b2b8c6890df458a9fb8554736',
    '002_create_products.sql': 'ee673397d1ddadff8fc6678f3beb0da4f5748bfabdcf2957a5bdd6a8a8a6623b',
    '003_create_orders.sql': '08835d65265a8f30ea8f642dc731ee48d34976f073c64a511cbc4b314ae76d01',
    '004_create_stocks.sql': '23af139bc87ba08d0e11eac925ecdd1d119602526bbfa585c37101a91fd9fe84',
    '005_create_reviews.sql': '98d2e96ea0f93cb70b632355d2476087f00c2f5702b6e047dbf168a856e3b59a',
    '006_create_sales.sql': 'f91899aedb3bba9fc385722716ec1e202641a0cb714eb86b3f9b2ad6d5a8b76c',
    '007_create_sync_logs.sql': '93d038b7c3bfa55a631aaf82821d45ed1d858eec5601170cd2c88e66905230c0',
    '008_keep_updated_at.sql': 'e80be62bb796fc4dc0d3ca151b7685732b8b3f949bbe5506cf023e4533de0c06',
    '009_add_timestamp_indexes_for_rag.sql':
      'be5da1b56d21d19e5bf63af94b4778703d1051438b3877c620b433dee64ab9f5',
    '010_create_changes.sql': '2f3c88719f88b01266315d9e35a37e57492863f9bd39f631a1e977d273ccfe19',
    '011_capture_changes.sql': 'd6df58e77dbe707f93c532b32372bb6b98373a32ac1f8fb25ef23d3ddfac03ab',
    '012_create_wb_rate_limits.sql': 'ba3f8c21d185014d1feb70ad1fb82adfbb5e7995080d541ac4722e131553fd23',
    '013_add_wildberries_columns.sql': 'e8215f7b7f8c168ba4f14576fb471f9cb46e11743d1d2227d6e237838deb1b92',
    '014_create_sync_runs.sql': '36ef9d99b014b2466df4ca728296fb073002a0a669b7f13e3b5bef2b0620031c',
    '015_create_cabinet_keys.sql': 'ce385b82e1ee57939c0f6c83d9ee70f0a66e8a3eb4b113288655ba64c17d3bdc',
    '016_create_events.sql': 'af91df571bde851a6f8adcef380663a1562508e76f76d0df4b570776716766dd',
    '017_create_dashboard_views.sql': '5496171b847f9025e3fac1ada2a485b332a21bc1d4cc8df9a834472575c2c011',
    '018_add_analytics_indexes.sql': 'b5622aa1b2d6b8b988b0352e0d889dfd68fb3fdcb0f9b8e0065435a996a1310d',
    '019_create_conversations.sql': '815fc44256f55656a7fcadc6ebcdf6d5d5879cca466e5045a569d080a1a5c7e6',
    '020_tolerate_other_columns.sql': 'a2fd566553a60d27268c04bf24fe7b8d1811586f65b42ceb147d54048a6efe53',
    '021_add_region_indexes.sql': 'e04662ee24e39fdf33271e0d4b3196ab928fe3f70bfd5310b6298a6146cc15c0',
  },
  vector: {
    '001_create_vector_extension.sql': '9e95728f36e510d8d81b72c0cc35d8890f6f30cb8cc55a39a36ec4e1cd422154',
    '002_create_metadata.sql': '16dbf7ffb2b3129ed72938f2b29459cd3eab82c2c22ae9cde1595806fe3b9e8d',
    '003_create_embeddings.sql': 'd59f916e2506c11b428d624d41d69920b68bd0e5284299d0882ff93dd866ecaa',
    '004_create_index_status.sql': 'cc542f976d5ba44cf60a4ba709def51a32996174fc4b7a767a814f7c98fada21',
    '005_create_index_runs.sql': 'b418f99fa49f42d9fe66e26df13316f9b0e4eb4dafff9dfb9485777be4c8bbcb',
    '006_add_chunk_hash.sql': '2f8125d7af6d1a48fa401a4d066daec53d152fe2eef3cefd1d81594a1a10a31e',
    '007_create_index_failures.sql': '3cf5f0e816ed06cd3606f4210043568aef84c40c956d71db06cceeaa472c3832',
    '008_add_embedding_models.sql': '4081ddd81fad5a74b48ffa56e97c246d82629d0fba09e0b9c36115875d86f883',
    '009_create_rebuilds.sql': '9950767fa75be749c2bb859873e6cf278414a9832c22a93bdcc3d2dba1738d93',
    '010_create_token_usage.sql': '179baab1869c16bd9254d1e0b3fbbb6003c046cc3106a562c1a45752cbc0e452',
    '011_create_dashboard_views.sql': 'a57baa66e9bc08d6b4387ba22415a5e9d6875430526fea7781b2e80d08ac2dbb',
    '012_count_embedded_texts.sql': '8ba367bdd8b6d55b9fcfd22f8d367329482eaa710adac6abf9c0823a9af47baa',
    '013_add_chunk_facts.sql': '85b7df075755a01fa3b2fe2ea98a57f127c063908de880788c1881072907d94d',
    '014_show_embedded_texts.sql': '0a9272c83f0e2d41ad700cbb7e891b4e1d45dde6aee8ad32b6726de57d0919a4',
    '015_fold_words_in_any_locale.sql': '609fad99fd968e0cb64248ba8c811874a7adc52a21c73081b33d93b0ef797b82',
    '016_create_pairing.sql': 'fd345b0cf2cefa6c8c7adc74cf796c70867e969019b1accdf8b608eeb23cd976',
    '017_create_cut_texts.sql': 'c73c6b5cb4345d2da4bd34eaf691107856d77a4092c9a1fdd4d1e387e40bce1c',
  },
} as const satisfies Record<keyof typeof MIGRATION_SETS, Record<string, string>>;

for (const [set, checksums] of Object.entries(CHECKSUMS)) {
  const { directory } = MIGRATION_SETS[set as keyof typeof MIGRATION_SETS];
  const files = readdirSync(directory).sort();

  describe(`migrations of the ${set} database`, () => {
    for (const [file, checksum] of Object.entries(checksums)) {
      it(`${file} is as it was released`, () => {
        assert.ok(
          files.includes(file),
          `${file} is gone. A released migration must never be removed: databases have applied it.`,
        );
        assert.equal(
          sha256(join(directory, file)),
          checksum,
          `${file} was edited. An applied migration must never be edited: databases that have it would not get the edit. ` +
            'Take the edit back and add a new migration that makes the change.',
        );
      });
    }

    it('every file has its checksum in this test', () => {
      const missing = files
        .filter((file) => !(file in checksums))
        .map((file) => `'${file}': '${sha256(join(directory, file))}',`);
      assert.equal(
        missing.join('\n'),
        '',
        `A new migration: add its line to CHECKSUMS.\n${missing.join('\n')}`,
      );
    });

    it('the files are numbered from 001 on, without a gap and without a number taken twice', () => {
      const numbers = files.map((file) => /^(\d{3})_[a-z0-9_]+\.sql$/.exec(file)?.[1]);
      assert.deepEqual(
        numbers,
        files.map((_, index) => String(index + 1).padStart(3, '0')),
      );
    });
  });
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
