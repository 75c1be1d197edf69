export { type HttpHandler, type HttpRequest, type HttpResponse, header, headerValues, jsonResponse } from './http.ts';
