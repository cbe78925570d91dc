/** The package ships no types. This is the part that word-stems.ts uses. */
declare module 'snowball-stemmers' {
  interface Stemmer {
    stem(word: string): string;
  }
  const snowball: { newStemmer(language: 'russian' | 'english'): Stemmer };
  export default snowball;
}
